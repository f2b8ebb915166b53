#include "db/transaction.hpp"

#include "db/connection_state.hpp"
#include "db/prepared.hpp"
#include "db/statement.hpp"

namespace ragqueue::pg {

Transaction::Transaction(pg_conn* connection, Timeouts timeouts, Isolation isolation)
    : connection_(connection) {
  require_no_transaction(connection_);
  send_pipelined(connection_, isolation == Isolation::read_committed
                                  ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                                  : "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  if (timeouts == Timeouts::set) send_pipelined(connection_, limits_statement);
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    sync(connection_);
  } catch (const Error&) {
    // Whatever it was, it is rolled back.
    open_ = false;
  }
  try {
    execute_script(connection_, "ROLLBACK");
  } catch (const Error&) {
    // A connection that cannot roll back is broken, and the server rolls back by itself; its owner meets that
    // on the next use.
    open_ = false;
  }
}

void Transaction::commit() {
  const Result end = execute(connection_, "COMMIT");
  open_ = false;
  if (end.command() != "COMMIT") {
    throw Error(Fault::job,
                "the transaction was rolled back: a statement in it had failed, and its error was swallowed");
  }
}

}  // namespace ragqueue::pg
