#include "pg/claim.hpp"

#include <string>

#include "pg/sql.hpp"
#include "pg/statement.hpp"

namespace ragqueue::pg {

std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit) {
  Params params;
  params.add(worker_id).add(std::int64_t{limit});
  const Result rows = execute(connection, sql::claim, params);
  std::vector<Job> jobs;
  for (int row = 0; row < rows.rows(); ++row) {
    jobs.push_back(Job{.id = rows.get<Uuid>(row, 0),
                       .request = {.source = {.organization_id = rows.get<Uuid>(row, 1),
                                              .source_type = rows.get<std::string>(row, 2),
                                              .source_id = rows.get<Uuid>(row, 3)},
                                   .action = parse_action(rows.get<std::string>(row, 4)),
                                   .priority = rows.get<std::int32_t>(row, 5)},
                       .attempts = rows.get<std::int32_t>(row, 6),
                       .token = rows.get<std::int64_t>(row, 7)});
  }
  return jobs;
}

}  // namespace ragqueue::pg
