#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/log.hpp"

struct pg_conn;

namespace ragqueue {

/// The schema version that this library works with.
[[nodiscard]] RAGQUEUE_EXPORT int schema_version() noexcept;

/// Creates the tables, or brings them up to schema_version(), in the first schema of the search path; binds
/// the index to the embedder's name and dimension. The vector index comes later, see vector_index.hpp.
/// Idempotent, safe to run at the same time from several programs. Promised tables that already stand are
/// adopted with their rows, in one transaction, for which nobody waits longer than a second: it is tried
/// until it can have the tables, for ten minutes. What must be built while others work is built before, and
/// goes again when init fails; what may follow (requests for what was adopted, further indexes) follows, and
/// is taken up by the next call when it was broken off. `log` hears what examine_schema says, and who keeps
/// the tables locked. Throws Error (Fault::setup) when pgvector is missing, the tables are newer, or what
/// stands cannot be adopted.
RAGQUEUE_EXPORT void create_or_upgrade_schema(pg_conn* connection, const Embedder& embedder,
                                              const Log& log = {});

/// What create_or_upgrade_schema finds and means to do, a sentence each, and what an uninstall would
/// leave of it; none where there is nothing to adopt. Changes nothing. Throws as that does where it refuses.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<std::string> examine_schema(pg_conn* connection,
                                                                      const Embedder& embedder);

/// Throws Error (Fault::setup), with what mends it, unless this database has a pgvector that can be used.
RAGQUEUE_EXPORT void require_pgvector(pg_conn* connection);

/// Throws Error (Fault::setup), with the command that mends it, unless the schema is of this version and the
/// index was built with an embedder of this name and dimension.
RAGQUEUE_EXPORT void require_schema(pg_conn* connection, const Embedder& embedder);

/// The same for programs that use only the queue.
RAGQUEUE_EXPORT void require_schema(pg_conn* connection);

/// The dimension of the embedder that the index is bound to; nothing where it is bound to none. Throws Error.
[[nodiscard]] RAGQUEUE_EXPORT std::optional<std::size_t> bound_dimension(pg_conn* connection);

/// Empties the index, binds it to another embedder, and enqueues every document that was indexed. One
/// transaction. Throws Error (Fault::setup) while workers run.
RAGQUEUE_EXPORT void rebuild_index(pg_conn* connection, const Embedder& embedder);

/// The SQL that uninstall_schema runs, a statement each, in order. Only reads.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<std::string> uninstall_statements(pg_conn* connection);

/// What uninstall_schema would leave, a sentence each: pgvector, rows of adopted tables as they are by then,
/// columns that must stay wider, BYPASSRLS. Only reads.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<std::string> uninstall_remains(pg_conn* connection);

/// Takes away all that create_or_upgrade_schema and grants made, in one transaction: tables, functions,
/// policies, rights. Tables that were adopted stay with their rows, in the definition that they had: columns,
/// indexes, defaults, rights; what ragqueue stored in them stays readable. `log` hears who keeps the tables
/// locked. Throws Error (Fault::setup) while workers run.
RAGQUEUE_EXPORT void uninstall_schema(pg_conn* connection, const Log& log = {});

}  // namespace ragqueue
