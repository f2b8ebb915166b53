#include "db/prepared.hpp"

#include <libpq-events.h>
#include <libpq-fe.h>

#include <string>

#include "db/connection_state.hpp"

namespace ragqueue {

namespace {

bool forgets(const PGresult* result) {
  const std::string_view command = PQcmdStatus(const_cast<PGresult*>(result));
  return command == "DISCARD ALL" || command.starts_with("DEALLOCATE");
}

/// The connection's instance data is null unless its session keeps the statements.
int watch(PGEventId event, void* info, void* /*pass*/) {
  if (event == PGEVT_CONNRESET) {
    PQsetInstanceData(static_cast<PGEventConnReset*>(info)->conn, watch, nullptr);
  } else if (event == PGEVT_RESULTCREATE) {
    const auto* created = static_cast<PGEventResultCreate*>(info);
    if (forgets(created->result)) PQsetInstanceData(created->conn, watch, nullptr);
  }
  return 1;
}

/// A session may have kept one of that name before, and be handed on.
void keep(pg_conn* connection, const pg::PreparedStatement& statement) {
  constexpr std::string_view duplicate_prepared_statement = "42P05";
  try {
    pg::prepare(connection, statement);
  } catch (const Error& error) {
    if (error.sqlstate() != duplicate_prepared_statement) throw;
    pg::execute_script(connection, std::string("DEALLOCATE ") + statement.name);
    pg::prepare(connection, statement);
  }
}

}  // namespace

bool pg::is_prepared(pg_conn* connection) noexcept {
  return PQinstanceData(connection, watch) != nullptr;
}

void pg::prepare_all(pg_conn* connection, std::span<const PreparedStatement> statements) {
  require_no_transaction(connection);
  keep(connection, limits_statement);
  for (const PreparedStatement& statement : statements) keep(connection, statement);
  // Refused where it is registered already.
  (void)PQregisterEventProc(connection, watch, "ragqueue", nullptr);
  if (PQsetInstanceData(connection, watch, connection) == 0) throw connection_error(connection);
}

}  // namespace ragqueue
