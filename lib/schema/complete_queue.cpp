#include "schema/complete_queue.hpp"

#include <cstdint>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "schema/sql.hpp"

namespace ragqueue::pg {

namespace {
constexpr std::int64_t blocks_a_step = 200;  // some 10,000 rows
}

void complete_queue(pg_conn* connection) {
  const auto blocks = execute(connection,
                              "SELECT pg_relation_size('rag_index_queue') / "
                              "current_setting('block_size')::bigint")
                          .get<std::int64_t>(0, 0);
  for (std::int64_t first = 0; first <= blocks; first += blocks_a_step) {
    const Params range = Params().add(first).add(first + blocks_a_step);
    limited(connection, [&] {
      execute(connection, sql::take_over_rows, range);
      execute(connection, sql::archive_rows, range);
    });
  }
}

}  // namespace ragqueue::pg
