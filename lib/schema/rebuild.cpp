#include <fmt/format.h>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/schema.hpp"
#include "schema/binding.hpp"
#include "schema/locked_tables.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

void rebuild_index(pg_conn* connection, const Embedder& embedder) {
  require_schema(connection);
  pg::require_indexable(embedder);
  pg::with_locked_schema(connection, nullptr, [&] {
    pg::shut_out_workers(connection);
    pg::execute_script(connection, std::string(sql::rebuild));
    pg::bind(connection, embedder);
  });
}

}  // namespace ragqueue
