#include "pg/prepared.hpp"

#include <libpq-events.h>
#include <libpq-fe.h>

#include <string>

#include "ragqueue/connection.hpp"

namespace ragqueue {

namespace {

/// The connection's instance data is null unless its session keeps the statements.
int forget_at_reset(PGEventId event, void* info, void* /*pass*/) {
  if (event == PGEVT_CONNRESET)
    PQsetInstanceData(static_cast<PGEventConnReset*>(info)->conn, forget_at_reset, nullptr);
  return 1;
}

/// A session may have kept it from a call of this that failed half way.
void keep(pg_conn* connection, const pg::Kept& statement) {
  constexpr std::string_view duplicate_prepared_statement = "42P05";
  try {
    pg::prepare(connection, statement);
  } catch (const Error& error) {
    if (error.sqlstate() != duplicate_prepared_statement) throw;
  }
}

}  // namespace

bool pg::is_prepared(pg_conn* connection) noexcept {
  return PQinstanceData(connection, forget_at_reset) != nullptr;
}

void prepare_statements(pg_conn* connection) {
  if (!pg::idle(connection)) {
    throw InvalidInput("connection", "not idle", "expected one that is open, with no transaction on it");
  }
  for (const pg::Kept& statement : {pg::kept_enqueue, pg::kept_limits, pg::kept_claim, pg::kept_complete})
    keep(connection, statement);
  // Refused where it is registered already.
  (void)PQregisterEventProc(connection, forget_at_reset, "ragqueue", nullptr);
  if (PQsetInstanceData(connection, forget_at_reset, connection) == 0) throw pg::connection_error(connection);
}

}  // namespace ragqueue
