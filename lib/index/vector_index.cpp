#include "ragqueue/vector_index.hpp"

#include <algorithm>
#include <array>

#include "db/cancel_on_stop.hpp"
#include "db/session.hpp"
#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "index/sql.hpp"
#include "ragqueue/connection.hpp"

namespace ragqueue {

namespace {

constexpr std::array<std::string_view, 4> names{"unneeded", "due", "building", "ready"};

/// Whether the transaction holds off all other programs that would build, until its end: two builds at once
/// would wait for each other. It touches no table and keeps no snapshot, for the build waits for all that do.
bool hold_off_others(pg_conn* transaction) {
  const bool held =
      pg::execute(transaction,
                  "SELECT pg_try_advisory_xact_lock(hashtextextended('ragqueue vector index of ' || "
                  "current_schema(), 0))")
          .get<bool>(0, 0);
  // A statement with parameters keeps its snapshot until the next one; this one, in a script, keeps none.
  pg::execute_script(transaction, "SET LOCAL idle_in_transaction_session_timeout = 0");
  return held;
}

/// A graph that outgrows maintenance_work_mem is built three times slower. Its memory is the backend's own,
/// hence no parallel workers: they share memory, of which a container often has 64 MB.
void give_time_and_memory(pg_conn* connection) {
  // On a pooler's session the settings would stay for others.
  if (!pg::is_own_session(connection)) return;
  pg::execute_script(connection, "SET statement_timeout = 0; SET lock_timeout = 0");
  pg::execute(connection,
              "SELECT set_config('maintenance_work_mem', '1GB', false), "
              "set_config('max_parallel_maintenance_workers', '0', false) "
              "WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('1GB')");
}

}  // namespace

std::string_view to_string(VectorIndex state) noexcept {
  return names.at(static_cast<std::size_t>(state));
}

VectorIndex vector_index(pg_conn* connection, std::int64_t from) {
  const auto name = pg::execute(connection, sql::vector_index, pg::Params().add(from)).get<std::string>(0, 0);
  return static_cast<VectorIndex>(std::ranges::find(names, name) - names.begin());
}

std::optional<std::int64_t> count_chunks_without_vector(pg_conn* connection) try {
  return pg::execute(connection, sql::chunks_without_vector).get<std::int64_t>(0, 0);
} catch (const Error& error) {
  constexpr std::string_view insufficient_privilege = "42501";
  if (error.sqlstate() != insufficient_privilege) throw;
  return std::nullopt;
}

VectorIndex build_vector_index(const std::string& conninfo, std::int64_t from, const std::stop_token& stop) {
  const Connection guard(conninfo);
  const pg::Transaction guarding(guard.get(), pg::Timeouts::none);
  if (!hold_off_others(guard.get())) return VectorIndex::building;
  const Connection builder(conninfo);
  const VectorIndex found = vector_index(builder.get(), from);
  if (found != VectorIndex::due) return found;
  give_time_and_memory(builder.get());
  const pg::CancelOnStop cancel_on_stop(builder.get(), stop);
  pg::execute_script(builder.get(), "DROP INDEX CONCURRENTLY IF EXISTS rag_chunks_embedding");
  pg::execute_script(builder.get(),
                     "CREATE INDEX CONCURRENTLY rag_chunks_embedding ON rag_chunks USING hnsw (embedding "
                     "vector_cosine_ops)");
  return VectorIndex::ready;
}

}  // namespace ragqueue
