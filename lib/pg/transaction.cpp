#include "pg/transaction.hpp"

#include "pg/statement.hpp"

namespace ragqueue::pg {

Transaction::Transaction(pg_conn* connection) : connection_(connection) {
  execute_script(connection_, "BEGIN");
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
  execute_script(connection_, "COMMIT");
}

}  // namespace ragqueue::pg
