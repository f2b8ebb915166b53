#include "db/transaction.hpp"

#include "db/prepared.hpp"
#include "db/statement.hpp"

namespace ragqueue::pg {

Transaction::Transaction(pg_conn* connection, Limits limits, Sight sight) : connection_(connection) {
  if (!idle(connection_)) throw InvalidInput("connection", "in a transaction", "expected none to be open");
  send_ahead(connection_, sight == Sight::newest ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                                                 : "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  if (limits == Limits::ours) send_ahead(connection_, kept_limits);
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    settle(connection_);
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
