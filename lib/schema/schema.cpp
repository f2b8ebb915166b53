#include "ragqueue/schema.hpp"

#include <fmt/format.h>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "schema/binding.hpp"
#include "schema/examine.hpp"

namespace ragqueue {

int schema_version() noexcept {
  return 1;
}

void require_pgvector(pg_conn* connection) {
  const pg::Result found = pg::execute(connection,
                                       "SELECT extversion, string_to_array(extversion, '.')::int[] >= "
                                       "'{0,8}', to_regtype('vector') IS NOT NULL "
                                       "FROM pg_extension WHERE extname = 'vector'");
  if (found.rows() == 0)
    throw Error(Fault::setup, "this database has no pgvector yet; create it with: rag_worker init");
  if (!found.get<bool>(0, 1)) {
    throw Error(Fault::setup,
                fmt::format("this database has pgvector {}, but 0.8 is needed; upgrade the package, then: "
                            "ALTER EXTENSION vector UPDATE",
                            found.get<std::string>(0, 0)));
  }
  if (!found.get<bool>(0, 2)) {
    throw Error(
        Fault::setup,
        "pgvector is installed in a schema outside the connection's search_path; add that schema to it");
  }
}

void require_schema(pg_conn* connection, const Embedder& embedder) {
  require_schema(connection);
  const std::optional<pg::Binding> binding = pg::current_binding(connection);
  if (!binding)
    throw Error(Fault::setup, "the index is bound to no embedder yet; finish with: rag_worker init");
  pg::require_binding(*binding, embedder);
}

void require_schema(pg_conn* connection) {
  const int version = pg::installed_version(connection);
  if (version == 0)
    throw Error(Fault::setup, "the database has no ragqueue schema; create it with: rag_worker init");
  if (version < schema_version()) {
    throw Error(
        Fault::setup,
        fmt::format(
            "the database has ragqueue schema {}, this program needs {}; upgrade it with: rag_worker init",
            version, schema_version()));
  }
}

std::optional<std::size_t> bound_dimension(pg_conn* connection) {
  require_schema(connection);
  const std::optional<pg::Binding> binding = pg::current_binding(connection);
  if (!binding) return std::nullopt;
  return static_cast<std::size_t>(binding->dimension);
}

}  // namespace ragqueue
