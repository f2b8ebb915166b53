// libpq by itself, on an event loop: BEGIN, the row, the request and COMMIT go out together and come back in
// one round trip, and nothing blocks in between. A statement that fails takes all of them with it.
#include <libpq-fe.h>
#include <poll.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>

#include "database.hpp"

namespace {

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

void require(bool holds, PGconn* db) {
  if (!holds) throw std::runtime_error(PQerrorMessage(db));
}

void send(PGconn* db, const std::string& sql, const std::vector<std::string>& parameters = {}) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  require(PQsendQueryParams(db, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                            nullptr, 0) == 1,
          db);
}

/// Stands for your event loop: returns when the socket can be read, or written where something is left to
/// send.
void wait(PGconn* db) {
  pollfd socket{.fd = PQsocket(db), .events = POLLIN, .revents = 0};
  if (PQflush(db) == 1) socket.events |= POLLOUT;
  poll(&socket, 1, -1);
  require(PQconsumeInput(db) == 1, db);
}

/// The next reply, or null between two of them.
Result next_reply(PGconn* db) {
  while (PQflush(db) == 1 || PQisBusy(db) == 1) wait(db);
  return {PQgetResult(db), &PQclear};
}

/// Returns the SQLSTATE of the first statement that failed, or nothing.
std::string finish(PGconn* db) {
  std::string failure;
  require(PQpipelineSync(db) == 1, db);
  while (true) {
    const Result reply = next_reply(db);
    const ExecStatusType status = PQresultStatus(reply.get());
    if (reply && status == PGRES_PIPELINE_SYNC) return failure;
    if (reply && status == PGRES_FATAL_ERROR && failure.empty())
      failure = PQresultErrorField(reply.get(), PG_DIAG_SQLSTATE);
  }
}

std::string resolve(PGconn* db, const ragqueue::EnqueueStatement& enqueue, const char* ending) {
  send(db, "BEGIN");
  send(db, "UPDATE tickets SET status = 'resolved'");
  send(db, enqueue.sql, enqueue.parameters);
  send(db, ending);
  return finish(db);
}

}  // namespace

int main() {
  const Database database;
  const Connection db(PQconnectdb(database.conninfo().c_str()), &PQfinish);
  const Result created(PQexec(db.get(), "CREATE TABLE tickets (status text)"), &PQclear);
  require(PQsetnonblocking(db.get(), 1) == 0 && PQenterPipelineMode(db.get()) == 1, db.get());

  resolve(db.get(), ragqueue::enqueue_statement(request_of(Ticket{})), "ROLLBACK");
  std::cout << "after rollback: " << database.pending() << " pending\n";
  resolve(db.get(), ragqueue::enqueue_statement(request_of(Ticket{})), "COMMIT");
  std::cout << "after commit: " << database.pending() << " pending\n";

  try {
    (void)ragqueue::enqueue_statement(request_of(Ticket{.id = "42"}));
  } catch (const ragqueue::InvalidInput& error) {
    std::cout << "refused before it is sent: " << error.field() << '\n';
  }
  ragqueue::EnqueueStatement wrong = ragqueue::enqueue_statement(request_of(Ticket{}));
  wrong.parameters[3] = "explode";
  std::cout << "refused by the server: " << resolve(db.get(), wrong, "COMMIT") << '\n';
}

// Output:
// after rollback: 0 pending
// after commit: 1 pending
// refused before it is sent: source_id
// refused by the server: 23514
