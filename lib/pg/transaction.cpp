#include "pg/transaction.hpp"

#include <string>

#include "pg/sql.hpp"
#include "pg/statement.hpp"

namespace ragqueue::pg {

namespace {

std::string begin(Limits limits, Sight sight) {
  std::string script = sight == Sight::newest ? "BEGIN ISOLATION LEVEL READ COMMITTED;"
                                              : "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;";
  if (limits == Limits::ours) script += sql::limits;
  return script;
}

}  // namespace

Transaction::Transaction(pg_conn* connection, Limits limits, Sight sight) : connection_(connection) {
  if (!idle(connection_)) throw InvalidInput("connection", "in a transaction", "expected none to be open");
  execute_script(connection_, begin(limits, sight));
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    execute_script(connection_, "ROLLBACK");
  } catch (const Error&) {
    // A connection that cannot roll back is broken, and the server rolls back by itself; its owner meets that
    // on the next use.
    open_ = false;
  }
}

void Transaction::commit() {
  open_ = false;
  if (execute(connection_, "COMMIT").command() != "COMMIT") {
    throw Error(Fault::job,
                "the transaction was rolled back: a statement in it had failed, and its error was swallowed");
  }
}

}  // namespace ragqueue::pg
