#include "queue_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "db/statement.hpp"

namespace ragqueue::torture {

std::vector<QueueRow> read_queue(pg_conn* connection, const std::vector<SourceKey>& sources) {
  const pg::Result rows = pg::execute(
      connection,
      "SELECT id, organization_id, source_type::text, source_id, status::text, attempts, rescues, "
      "coalesce(last_error, ''), superseded_by IS NOT NULL, seq, xmin::text FROM rag_index_queue WHERE "
      "source_id = ANY ($1) ORDER BY updated_at, seq",
      pg::Params().add_array(sources, &SourceKey::source_id));
  std::vector<QueueRow> queue;
  for (int row = 0; row < rows.rows(); ++row) {
    queue.push_back({.id = rows.get<Uuid>(row, 0),
                     .source = {.organization_id = rows.get<Uuid>(row, 1),
                                .source_type = rows.get<std::string>(row, 2),
                                .source_id = rows.get<Uuid>(row, 3)},
                     .status = rows.get<std::string>(row, 4),
                     .attempts = rows.get<std::int32_t>(row, 5),
                     .rescues = rows.get<std::int32_t>(row, 6),
                     .last_error = rows.get<std::string>(row, 7),
                     .superseded = rows.get<bool>(row, 8),
                     .seq = rows.get<std::int64_t>(row, 9),
                     .last_writer = rows.get<std::string>(row, 10)});
  }
  return queue;
}

void check_queue(const std::vector<QueueRow>& rows, const Deeds& deeds, Findings& findings) {
  std::set<Uuid> known;
  for (const QueueRow& row : rows) {
    const auto accuse = [&](std::string_view of) {
      findings.violations.push_back(fmt::format("{}: job {} of {}, {}, {} attempts, {} rescues, '{}'", of,
                                                row.id.to_string(), word_of(row.source), row.status,
                                                row.attempts, row.rescues, row.last_error));
    };
    known.insert(row.id);
    const bool own_fault = deeds.own_fault.contains(row.source);
    if (row.status != "done" && row.status != "failed") accuse("a request without an end");
    if (row.status == "failed" && !own_fault) accuse("failed, with nothing wrong in its text");
    if (row.attempts > 0 && !own_fault) accuse("an attempt spent by the weather");
    findings.done += row.status == "done" && !row.superseded ? 1 : 0;
    findings.superseded += row.superseded ? 1 : 0;
    findings.failed += row.status == "failed" ? 1 : 0;
    findings.spent += static_cast<std::size_t>(row.attempts);
    findings.rescued += static_cast<std::size_t>(row.rescues);
  }
  findings.jobs = rows.size();
  for (const Uuid& id : deeds.committed) {
    if (!known.contains(id)) findings.violations.push_back("a committed request is gone: " + id.to_string());
  }
}

}  // namespace ragqueue::torture
