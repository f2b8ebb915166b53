#include "ragqueue/lease.hpp"

#include "base/text.hpp"
#include "db/statement.hpp"
#include "queue/sql.hpp"

namespace ragqueue {

namespace {

constexpr std::size_t answer_bytes = 1024;  // of an embedder's answer, or a reason, in rag_workers

std::vector<WaitingSource> waiting_sources_of(const pg::Result& rows, int row) {
  const auto types = rows.get_array<std::string>(row, 9);
  const auto seconds = rows.get_array<double>(row, 10);
  const auto reasons = rows.get_array<std::string>(row, 11);
  std::vector<WaitingSource> waiting;
  for (std::size_t index = 0; index < types.size(); ++index) {
    waiting.push_back({.source_type = types[index], .seconds = seconds[index], .reason = reasons[index]});
  }
  return waiting;
}

}  // namespace

std::int64_t register_worker(pg_conn* connection, std::string_view host, int pid,
                             std::chrono::milliseconds lease) {
  pg::Params params;
  params.add(host).add(std::int32_t{pid}).add(std::int64_t{lease.count()});
  return pg::execute(connection, sql::register_worker, params).get<std::int64_t>(0, 0);
}

bool heartbeat(pg_conn* connection, std::int64_t worker_id, const WorkerCondition& condition) {
  std::optional<double> seconds;
  std::optional<pg::Utf8> answer;
  if (condition.embedder_outage) {
    seconds = condition.embedder_outage->seconds;
    answer = pg::Utf8{shorten(condition.embedder_outage->answer, answer_bytes)};
  }
  pg::Params params;
  params.add(worker_id).add(condition.idle).add(seconds).add(answer);
  params.add_array(condition.waiting_sources, &WaitingSource::source_type)
      .add_array(condition.waiting_sources, &WaitingSource::seconds)
      .add_array(condition.waiting_sources,
                 [](const WaitingSource& source) { return pg::Utf8{shorten(source.reason, answer_bytes)}; });
  return pg::execute(connection, sql::heartbeat, params).affected() == 1;
}

std::optional<std::chrono::milliseconds> until_next_lease_end(pg_conn* connection, std::int64_t worker_id) {
  const auto left =
      pg::execute(connection, sql::next_lease_end, pg::Params().add(worker_id)).maybe<std::int64_t>(0, 0);
  if (!left) return std::nullopt;
  return std::chrono::milliseconds(*left);
}

std::size_t rescue(pg_conn* connection) {
  return pg::execute(connection, sql::rescue).affected();
}

void unregister_worker(pg_conn* connection, std::int64_t worker_id) {
  pg::Params params;
  params.add(worker_id);
  pg::execute(connection, sql::unregister_worker, params);
}

std::vector<WorkerInfo> list_workers(pg_conn* connection) {
  const pg::Result rows = pg::execute(connection, sql::list_workers);
  std::vector<WorkerInfo> workers;
  for (int row = 0; row < rows.rows(); ++row) {
    workers.push_back({.id = rows.get<std::int64_t>(row, 0),
                       .host = rows.get<std::string>(row, 1),
                       .pid = rows.get<std::int32_t>(row, 2),
                       .started_seconds_ago = rows.get<double>(row, 3),
                       .heartbeat_seconds_ago = rows.get<double>(row, 4),
                       .running = rows.get<std::int32_t>(row, 5),
                       .alive = rows.get<bool>(row, 6)});
    if (const auto seconds = rows.maybe<double>(row, 7)) {
      workers.back().embedder_outage =
          EmbedderOutage{.seconds = *seconds, .answer = rows.get<std::string>(row, 8)};
    }
    workers.back().waiting_sources = waiting_sources_of(rows, row);
  }
  return workers;
}

}  // namespace ragqueue
