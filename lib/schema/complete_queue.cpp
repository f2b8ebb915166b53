#include "schema/complete_queue.hpp"

#include <array>
#include <cstdint>
#include <string>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "schema/locked_tables.hpp"
#include "schema/sql.hpp"

namespace ragqueue::pg {

namespace {

constexpr std::int64_t blocks_a_step = 200;  // some 10,000 rows

void take_no_nulls(pg_conn* connection) {
  if (!execute(connection,
               "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'rag_index_queue'::regclass AND "
               "conname = 'rag_index_queue_filled')")
           .get<bool>(0, 0))
    return;
  execute_script(connection, "ALTER TABLE rag_index_queue VALIDATE CONSTRAINT rag_index_queue_filled");
  with_locked_tables(connection, std::array<std::string, 1>{"rag_index_queue"}, {},
                     [&] { execute_script(connection, std::string(sql::take_no_nulls)); });
}

}  // namespace

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
  take_no_nulls(connection);
}

}  // namespace ragqueue::pg
