#include "pg/transaction.hpp"

#include <string>

#include "pg/sql.hpp"
#include "pg/statement.hpp"

namespace ragqueue::pg {

Transaction::Transaction(pg_conn* connection, Limits limits) : connection_(connection) {
  if (!idle(connection_)) throw InvalidInput("connection", "in a transaction", "expected none to be open");
  execute_script(connection_, limits == Limits::ours ? std::string(sql::begin) : "BEGIN");
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
