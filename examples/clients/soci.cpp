// SOCI: parameters by name, in their order.
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <iostream>

#include "database.hpp"

namespace {

void enqueue(soci::session& db, const ragqueue::EnqueueStatement& statement) {
  std::string id;
  soci::statement sql(db);
  for (const std::string& parameter : statement.parameters) sql.exchange(soci::use(parameter));
  sql.exchange(soci::into(id));
  sql.alloc();
  sql.prepare(statement.sql);
  sql.define_and_bind();
  sql.execute(true);
}

ragqueue::EnqueueStatement statement_of(const Ticket& ticket) {
  return ragqueue::enqueue_statement(request_of(ticket), ragqueue::Placeholders::named);
}

}  // namespace

int main() {
  const Database database;
  soci::session db(soci::postgresql, database.conninfo());
  {
    const soci::transaction tx(db);
    enqueue(db, statement_of(Ticket{}));
  }  // without commit()
  std::cout << "after rollback: " << database.pending() << " pending\n";
  {
    soci::transaction tx(db);
    enqueue(db, statement_of(Ticket{}));
    tx.commit();
  }
  std::cout << "after commit: " << database.pending() << " pending\n";

  try {
    (void)statement_of(Ticket{.id = "42"});
  } catch (const ragqueue::InvalidInput& error) {
    std::cout << "refused before it is sent: " << error.field() << '\n';
  }
  try {
    const soci::transaction tx(db);
    ragqueue::EnqueueStatement wrong = statement_of(Ticket{});
    wrong.parameters[3] = "explode";
    enqueue(db, wrong);
  } catch (const soci::postgresql_soci_error& error) {
    std::cout << "refused by the server: soci::postgresql_soci_error " << error.sqlstate() << '\n';
  }
}

// Output:
// after rollback: 0 pending
// after commit: 1 pending
// refused before it is sent: source_id
// refused by the server: soci::postgresql_soci_error 23514
