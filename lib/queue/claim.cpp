#include "queue/claim.hpp"

#include <string>
#include <utility>

#include "db/statement.hpp"
#include "queue/prepared_statements.hpp"

namespace ragqueue::pg {

namespace {

struct Claimed {
  Job job;
  QueuePosition position;  ///< Of the source's most urgent request.
};

Claimed claimed_of(const Result& rows, int row) {
  return {.job = Job{.id = rows.get<Uuid>(row, 0),
                     .request = {.source = {.organization_id = rows.get<Uuid>(row, 1),
                                            .source_type = rows.get<std::string>(row, 2),
                                            .source_id = rows.get<Uuid>(row, 3)},
                                 .action = parse_action(rows.get<std::string>(row, 4)),
                                 .priority = rows.get<std::int32_t>(row, 5)},
                     .attempts = rows.get<std::int32_t>(row, 6),
                     .token = rows.get<std::int64_t>(row, 7),
                     .waited = rows.maybe<double>(row, 11).value_or(0)},
          .position = {.rank = rows.get<std::int32_t>(row, 8),
                       .created = rows.get<Timestamp>(row, 9).microseconds,
                       .seq = rows.get<std::int64_t>(row, 10)}};
}

std::vector<Claimed> claim(pg_conn* connection, std::int64_t worker_id, int limit, const QueuePosition& from,
                           std::span<const std::string> without) {
  Params params;
  params.add(worker_id).add(std::int32_t{limit}).add_array(without);
  params.add(from.rank).add(Timestamp{from.created}).add(from.seq);
  const Result rows = execute(connection, claim_prepared, params);
  std::vector<Claimed> claimed;
  claimed.reserve(static_cast<std::size_t>(rows.rows()));
  for (int row = 0; row < rows.rows(); ++row) claimed.push_back(claimed_of(rows, row));
  return claimed;
}

std::vector<Job> jobs_of(std::vector<Claimed> claimed) {
  std::vector<Job> jobs;
  jobs.reserve(claimed.size());
  for (Claimed& one : claimed) jobs.push_back(std::move(one.job));
  return jobs;
}

}  // namespace

std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit) {
  return jobs_of(claim(connection, worker_id, limit, {}, {}));
}

std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit, ClaimCursor& cursor,
                           std::span<const std::string> without) {
  std::vector<Claimed> claimed;
  if (cursor.may_skip(ClaimCursor::Clock::now()))
    claimed = claim(connection, worker_id, limit, cursor.position(), without);
  if (claimed.empty()) {
    const auto begin = ClaimCursor::Clock::now();
    claimed = claim(connection, worker_id, limit, {}, without);
    cursor.looked(begin, ClaimCursor::Clock::now());
  }
  if (!claimed.empty()) cursor.ended(claimed.back().position);
  cursor.found_all(static_cast<int>(claimed.size()) == limit);
  return jobs_of(std::move(claimed));
}

}  // namespace ragqueue::pg
