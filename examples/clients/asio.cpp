// Boost.Asio: a coroutine that waits for libpq's socket, and blocks no other.
#include <libpq-fe.h>

// clang-format off: Boost 1.74 forgets to include it
#include <utility>
// clang-format on

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>

#include "database.hpp"

namespace {

namespace asio = boost::asio;
using Socket = asio::posix::stream_descriptor;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// Your application's error type.
struct DatabaseError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A connection, and its socket as Asio knows it.
class Client {
 public:
  Client(asio::io_context& context, const std::string& conninfo)
      : db_(PQconnectdb(conninfo.c_str()), &PQfinish), socket_(context, PQsocket(db_.get())) {
    PQsetnonblocking(db_.get(), 1);
  }
  ~Client() { socket_.release(); }  // libpq closes it
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  asio::awaitable<void> execute(const std::string& sql, const std::vector<std::string>& parameters = {}) {
    std::vector<const char*> values;
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    PQsendQueryParams(db_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                      nullptr, nullptr, 0);
    while (PQflush(db_.get()) == 1) co_await socket_.async_wait(Socket::wait_write, asio::use_awaitable);
    std::string failure;
    while (const Result result = co_await next()) {
      if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR)
        failure = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    }
    if (!failure.empty()) throw DatabaseError(failure);
  }

 private:
  asio::awaitable<Result> next() {
    while (PQisBusy(db_.get()) == 1) {
      co_await socket_.async_wait(Socket::wait_read, asio::use_awaitable);
      PQconsumeInput(db_.get());
    }
    co_return Result(PQgetResult(db_.get()), &PQclear);
  }

  std::unique_ptr<PGconn, decltype(&PQfinish)> db_;
  Socket socket_;
};

asio::awaitable<void> serve(asio::io_context& context, const Database& database) {
  Client db(context, database.conninfo());
  for (const std::string ending : {"ROLLBACK", "COMMIT"}) {
    co_await db.execute("BEGIN");
    const ragqueue::EnqueueStatement enqueue = ragqueue::enqueue_statement(request_of(Ticket{}));
    co_await db.execute(enqueue.sql, enqueue.parameters);
    co_await db.execute(ending);
    std::cout << "after " << ending << ": " << database.pending() << " pending\n";
  }
  try {
    (void)ragqueue::enqueue_statement(request_of(Ticket{.id = "42"}));
  } catch (const ragqueue::InvalidInput& error) {
    std::cout << "refused before it is sent: " << error.field() << '\n';
  }
  try {
    ragqueue::EnqueueStatement wrong = ragqueue::enqueue_statement(request_of(Ticket{}));
    wrong.parameters[3] = "explode";
    co_await db.execute(wrong.sql, wrong.parameters);
  } catch (const DatabaseError& error) {
    std::cout << "refused by the server: DatabaseError " << error.what() << '\n';
  }
}

}  // namespace

int main() {
  const Database database;
  asio::io_context context;
  asio::co_spawn(context, serve(context, database), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
}

// Output:
// after ROLLBACK: 0 pending
// after COMMIT: 1 pending
// refused before it is sent: source_id
// refused by the server: DatabaseError 23514
