// The request to index a row belongs to the transaction that writes the row: both are there, or neither.
#include <libpq-fe.h>

#include <iostream>
#include <memory>
#include <ragqueue/builtin_embedder.hpp>
#include <ragqueue/enqueue.hpp>
#include <ragqueue/queue.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/testing/postgres.hpp>
#include <stdexcept>

namespace {

constexpr auto acme = "6f1c2a5e-0b7d-4d0e-9a53-1f0c8f5b7a10";
constexpr auto ticket = "0191d3a5-7c1e-7000-8000-00000000002a";

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

void execute(PGconn* db, const char* sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(db, sql), PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
    throw std::runtime_error(PQerrorMessage(db));
  }
}

void open_ticket(PGconn* db, const char* ending) {
  execute(db, "BEGIN");
  execute(db, "INSERT INTO tickets (subject) VALUES ('The printer on floor 2 prints stripes')");
  ragqueue::enqueue_index(db, acme, "ticket", ticket);
  execute(db, ending);
  std::cout << "after " << ending << ": " << ragqueue::Queue(db).counts().pending << " pending\n";
}

}  // namespace

int main() {
  const ragqueue::testing::PrivatePostgres postgres;  // in your program: the application's database
  const Connection db(PQconnectdb(postgres.conninfo().c_str()), &PQfinish);
  ragqueue::create_or_upgrade_schema(db.get(), *ragqueue::builtin_embedder());
  execute(db.get(), "CREATE TABLE tickets (subject text)");

  open_ticket(db.get(), "ROLLBACK");
  open_ticket(db.get(), "COMMIT");
}

// Output:
// after ROLLBACK: 0 pending
// after COMMIT: 1 pending
