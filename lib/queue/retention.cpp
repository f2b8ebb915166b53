#include "queue/retention.hpp"

#include "db/statement.hpp"
#include "queue/sql.hpp"

namespace ragqueue::pg {

namespace {
constexpr std::int64_t blocks_a_step = 256;  // 2 MiB, some 10,000 rows
}

void sweep(pg_conn* connection) {
  execute(connection, sql::sweep);
}

void Retention::step(pg_conn* connection, std::int64_t worker_id) {
  const std::int64_t end = next_block_ + blocks_a_step;
  Params params;
  params.add(worker_id).add(next_block_).add(end).add(std::int64_t{age_.count()});
  const Result size = execute(connection, sql::purge, params);
  next_block_ = size.rows() == 0 || size.get<std::int64_t>(0, 0) <= end ? 0 : end;
}

}  // namespace ragqueue::pg
