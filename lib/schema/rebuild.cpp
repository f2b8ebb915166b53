#include <fmt/format.h>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/schema.hpp"
#include "schema/binding.hpp"
#include "schema/locked_tables.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

namespace {

void require_no_worker(pg_conn* transaction) {
  const auto living =
      pg::execute(transaction,
                  "SELECT count(*) FROM rag_workers WHERE heartbeat_at + lease > clock_timestamp()")
          .get<std::int64_t>(0, 0);
  if (living == 0) return;
  throw Error(Fault::setup,
              fmt::format("{} workers are running; stop them before the index is rebuilt", living));
}

}  // namespace

void rebuild_index(pg_conn* connection, const Embedder& embedder) {
  require_schema(connection);
  pg::require_indexable(embedder);
  pg::with_locked_schema(connection, nullptr, [&] {
    // From here on no worker registers or revives its lease.
    pg::execute_script(connection, "LOCK TABLE rag_workers IN SHARE ROW EXCLUSIVE MODE");
    require_no_worker(connection);
    pg::execute_script(connection, std::string(sql::rebuild));
    pg::bind(connection, embedder);
  });
}

}  // namespace ragqueue
