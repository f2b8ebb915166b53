#include "queue/outcome.hpp"

#include <cstdint>
#include <map>
#include <string>

#include "db/statement.hpp"
#include "queue/sql.hpp"

namespace ragqueue::pg {

namespace {

struct Row {
  std::string status;
  std::int32_t attempts = 0;
};

Outcome outcome_of(const Job& job, const Row& row) {
  if (row.status == "running") return Outcome::valid;
  if (row.status == "done") return Outcome::done;
  if (row.status == "failed") return Outcome::failed;
  return row.attempts > job.attempts ? Outcome::retried : Outcome::released;
}

}  // namespace

std::vector<Outcome> outcomes_of(pg_conn* connection, std::span<const Job> jobs) {
  execute(connection, sql::await_commits, Params().add_array(jobs, &Job::id));
  Params params;
  params.add_array(jobs, &Job::id).add_array(jobs, &Job::token);
  const Result rows = execute(connection, sql::outcome, params);
  std::map<Uuid, Row> found;
  for (int row = 0; row < rows.rows(); ++row) {
    found[rows.get<Uuid>(row, 0)] = {.status = rows.get<std::string>(row, 1),
                                     .attempts = rows.get<std::int32_t>(row, 2)};
  }
  std::vector<Outcome> outcomes;
  for (const Job& job : jobs) {
    const auto row = found.find(job.id);
    outcomes.push_back(row == found.end() ? Outcome::unknown : outcome_of(job, row->second));
  }
  return outcomes;
}

}  // namespace ragqueue::pg
