// libpqxx: the enqueue is one more statement of the transaction that writes the row.
#include <iostream>
#include <pqxx/pqxx>

#include "database.hpp"

namespace {

void enqueue(pqxx::work& tx, const ragqueue::EnqueueStatement& statement) {
#if PQXX_VERSION_MAJOR < 7
  tx.exec_params(statement.sql, pqxx::prepare::make_dynamic_params(statement.parameters));
#else
  pqxx::params parameters;
  parameters.append_multi(statement.parameters);
  tx.exec(statement.sql, parameters);
#endif
}

}  // namespace

int main() {
  const Database database;
  pqxx::connection db(database.conninfo());
  {
    pqxx::work tx(db);
    enqueue(tx, ragqueue::enqueue_statement(request_of(Ticket{})));
  }  // without commit()
  std::cout << "after rollback: " << database.pending() << " pending\n";
  {
    pqxx::work tx(db);
    enqueue(tx, ragqueue::enqueue_statement(request_of(Ticket{})));
    tx.commit();
  }
  std::cout << "after commit: " << database.pending() << " pending\n";

  try {
    (void)ragqueue::enqueue_statement(request_of(Ticket{.id = "42"}));
  } catch (const ragqueue::InvalidInput& error) {
    std::cout << "refused before it is sent: " << error.field() << '\n';
  }
  try {
    pqxx::work tx(db);
    ragqueue::EnqueueStatement wrong = ragqueue::enqueue_statement(request_of(Ticket{}));
    wrong.parameters[3] = "explode";
    enqueue(tx, wrong);
  } catch (const pqxx::check_violation&) {
    std::cout << "refused by the server: pqxx::check_violation\n";
  }
}

// Output:
// after rollback: 0 pending
// after commit: 1 pending
// refused before it is sent: source_id
// refused by the server: pqxx::check_violation
