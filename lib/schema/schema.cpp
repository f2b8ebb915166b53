#include "ragqueue/schema.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

namespace {

constexpr std::size_t max_hnsw_dimension = 2000;  // pgvector's limit for an index over `vector`

struct Binding {
  std::string name;
  std::int32_t dimension = 0;
};

/// Holds off every other migration of this database until the transaction ends.
void lock_schema(pg_conn* connection) {
  pg::execute(connection, "SELECT pg_advisory_xact_lock(hashtextextended('ragqueue schema', 0))");
}

int installed_version(pg_conn* connection) {
  const pg::Result schema =
      pg::execute(connection,
                  "SELECT current_schema()::text, to_regclass(quote_ident(current_schema()) || "
                  "'.rag_schema') IS NOT NULL");
  if (schema.null(0, 0))
    throw Error(Fault::setup, "the connection's search_path names no schema that exists");
  if (!schema.get<bool>(0, 1)) return 0;
  return pg::execute(connection, "SELECT coalesce(max(version), 0) FROM rag_schema").get<std::int32_t>(0, 0);
}

void refuse_newer(int version) {
  if (version <= schema_version()) return;
  throw Error(Fault::setup,
              fmt::format("the database has ragqueue schema {}, but this program knows only up to {}; "
                          "use a newer rag_worker",
                          version, schema_version()));
}

void create_pgvector(pg_conn* connection) {
  try {
    pg::execute(connection, "CREATE EXTENSION IF NOT EXISTS vector");
  } catch (const Error& error) {
    if (error.fault() == Fault::outage) throw;
    throw Error(
        Fault::setup,
        fmt::format(
            "pgvector cannot be used in this database: {}. Install pgvector on the database server (Debian: "
            "postgresql-NN-pgvector), have a superuser run CREATE EXTENSION vector, then: rag_worker init",
            error.what()),
        error.sqlstate());
  }
}

void apply(pg_conn* connection, std::string_view migration, int version) {
  try {
    pg::execute_script(connection, std::string(migration));
    pg::execute(connection, "INSERT INTO rag_schema (version) VALUES ($1)",
                pg::Params().add(std::int32_t{version}));
  } catch (const Error& error) {
    if (error.fault() == Fault::outage) throw;
    throw Error(Fault::setup, fmt::format("schema migration {} failed: {}", version, error.what()),
                error.sqlstate());
  }
}

/// They name the table's columns, of which its owner may have added some.
void define_functions(pg_conn* connection) {
  pg::execute_script(connection, std::string(sql::functions));
}

/// Applies the next migration, if there is one.
bool upgrade_once(pg_conn* connection) {
  pg::Transaction transaction(connection, pg::Limits::none);
  lock_schema(connection);
  const int version = installed_version(connection);
  refuse_newer(version);
  if (version == schema_version()) return false;
  create_pgvector(connection);
  require_pgvector(connection);
  apply(connection, sql::migrations.at(static_cast<std::size_t>(version)), version + 1);
  if (version + 1 == schema_version()) define_functions(connection);
  transaction.commit();
  return true;
}

std::optional<Binding> current_binding(pg_conn* connection) {
  const pg::Result row = pg::execute(connection, "SELECT name, dimension FROM rag_embedder");
  if (row.rows() == 0) return std::nullopt;
  return Binding{.name = row.get<std::string>(0, 0), .dimension = row.get<std::int32_t>(0, 1)};
}

void require_binding(const Binding& binding, const Embedder& embedder) {
  if (binding.name == embedder.name() && static_cast<std::size_t>(binding.dimension) == embedder.dimension())
    return;
  throw Error(Fault::setup,
              fmt::format("the index was built with the embedder '{}' ({} dimensions), but the one in use is "
                          "'{}' ({} dimensions); "
                          "use that one, or index everything anew with: rag_worker init --rebuild-index",
                          binding.name, binding.dimension, embedder.name(), embedder.dimension()));
}

/// Gives the empty vector column its dimension. Its index comes later (vector_index.hpp).
void bind(pg_conn* connection, const Embedder& embedder) {
  const std::size_t dimension = embedder.dimension();
  if (dimension == 0 || dimension > max_hnsw_dimension) {
    throw Error(Fault::setup, fmt::format("the embedder '{}' has {} dimensions; an HNSW index takes 1 to {}",
                                          embedder.name(), dimension, max_hnsw_dimension));
  }
  pg::execute_script(connection,
                     fmt::format("ALTER TABLE rag_chunks ALTER COLUMN embedding TYPE vector({})", dimension));
  pg::execute(connection, "INSERT INTO rag_embedder (name, dimension) VALUES ($1, $2)",
              pg::Params().add(embedder.name()).add(static_cast<std::int32_t>(dimension)));
}

}  // namespace

int schema_version() noexcept {
  return static_cast<int>(sql::migrations.size());
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

void create_or_upgrade_schema(pg_conn* connection, const Embedder& embedder) {
  while (upgrade_once(connection)) {
  }
  pg::Transaction transaction(connection, pg::Limits::none);
  lock_schema(connection);
  define_functions(connection);
  if (const std::optional<Binding> binding = current_binding(connection)) {
    require_binding(*binding, embedder);
  } else {
    bind(connection, embedder);
  }
  transaction.commit();
}

void require_schema(pg_conn* connection, const Embedder& embedder) {
  require_schema(connection);
  const std::optional<Binding> binding = current_binding(connection);
  if (!binding)
    throw Error(Fault::setup, "the index is bound to no embedder yet; finish with: rag_worker init");
  require_binding(*binding, embedder);
}

void require_schema(pg_conn* connection) {
  const int version = installed_version(connection);
  refuse_newer(version);
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
  const std::optional<Binding> binding = current_binding(connection);
  if (!binding) return std::nullopt;
  return static_cast<std::size_t>(binding->dimension);
}

void rebuild_index(pg_conn* connection, const Embedder& embedder) {
  require_schema(connection);
  pg::Transaction transaction(connection, pg::Limits::none);
  lock_schema(connection);
  // From here on no worker registers or revives its lease.
  pg::execute_script(connection, "LOCK TABLE rag_workers IN SHARE ROW EXCLUSIVE MODE");
  const pg::Result living = pg::execute(
      connection, "SELECT count(*) FROM rag_workers WHERE heartbeat_at + lease > clock_timestamp()");
  if (living.get<std::int64_t>(0, 0) != 0) {
    throw Error(Fault::setup, fmt::format("{} workers are running; stop them before the index is rebuilt",
                                          living.get<std::int64_t>(0, 0)));
  }
  pg::execute_script(connection, std::string(sql::rebuild));
  bind(connection, embedder);
  transaction.commit();
}

}  // namespace ragqueue
