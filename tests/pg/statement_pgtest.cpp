#include <libpq-fe.h>

#include <catch2/catch_test_macros.hpp>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "ragqueue/error.hpp"
#include "support/database.hpp"

using namespace ragqueue;
using testing::Database;

namespace {

struct Statements {
  Database database{};
  Connection watch = database.connect();

  Statements() { database.run("CREATE TABLE t (n integer PRIMARY KEY)"); }

  [[nodiscard]] std::int64_t rows() const {
    return pg::execute(watch.get(), "SELECT count(*) FROM t").get<std::int64_t>(0, 0);
  }
  /// As the server sees the session.
  [[nodiscard]] std::string state() const {
    return pg::execute(watch.get(), "SELECT state FROM pg_stat_activity WHERE pid = $1",
                       pg::Params().add(std::int32_t{PQbackendPID(database.get())}))
        .get<std::string>(0, 0);
  }
};

constexpr const char* insert_1 = "INSERT INTO t VALUES (1)";
constexpr const char* insert_2 = "INSERT INTO t VALUES (2)";

}  // namespace

TEST_CASE_METHOD(Statements, "a transaction begins in the round trip of its first statement", "[statement]") {
  pg::Transaction transaction(database.get());
  CHECK(pg::in_transaction(database.get()));
  CHECK_FALSE(pg::idle(database.get()));
  CHECK(state() == "idle");
  pg::execute(database.get(), insert_1);
  CHECK(state() == "idle in transaction");
  CHECK(rows() == 0);
  transaction.commit();
  CHECK(pg::idle(database.get()));
  CHECK(rows() == 1);
}

TEST_CASE_METHOD(Statements, "a transaction without statements ends as any other", "[statement]") {
  pg::Transaction(database.get()).commit();
  CHECK(pg::idle(database.get()));
  { const pg::Transaction transaction(database.get()); }
  CHECK(pg::idle(database.get()));
  CHECK(state() == "idle");
}

TEST_CASE_METHOD(Statements, "what is sent ahead is answered with the next statement, a script or a commit",
                 "[statement]") {
  pg::Transaction transaction(database.get());
  pg::send_pipelined(database.get(), "INSERT INTO t VALUES ($1)", pg::Params().add(std::int32_t{1}));
  SECTION("a statement") {
    CHECK(pg::execute(database.get(), "SELECT count(*) FROM t").get<std::int64_t>(0, 0) == 1);
    pg::send_pipelined(database.get(), insert_2);
    transaction.commit();
    CHECK(rows() == 2);
  }
  SECTION("a script") {
    pg::execute_script(database.get(), "INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)");
    transaction.commit();
    CHECK(rows() == 3);
  }
  SECTION("nothing but the wait for it") {
    pg::sync(database.get());
    CHECK(state() == "idle in transaction");
    transaction.commit();
    CHECK(rows() == 1);
  }
}

TEST_CASE_METHOD(Statements, "two transactions may be begun over two connections before either is used",
                 "[statement]") {
  const Connection other = database.connect();
  pg::Transaction first(database.get());
  pg::send_pipelined(database.get(), insert_1);
  pg::Transaction second(other.get());
  pg::send_pipelined(other.get(), insert_2);
  first.commit();
  second.commit();
  CHECK(rows() == 2);
}

TEST_CASE_METHOD(Statements, "the first error of what was sent ahead is thrown, and nothing is kept",
                 "[statement]") {
  const auto sqlstate_of = [](const auto& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.sqlstate();
    }
    return std::string("none");
  };
  {
    pg::Transaction transaction(database.get());
    pg::send_pipelined(database.get(), insert_1);
    pg::send_pipelined(database.get(), insert_1);
    pg::send_pipelined(database.get(), "SELECT 1 / 0");
    SECTION("by a statement") {
      CHECK(sqlstate_of([&] { pg::execute(database.get(), insert_2); }) == "23505");
    }
    SECTION("by the commit") {
      CHECK(sqlstate_of([&] { transaction.commit(); }) == "23505");
    }
    SECTION("by nobody") {}
  }
  CHECK(pg::idle(database.get()));
  CHECK(rows() == 0);
  CHECK_NOTHROW(pg::execute(database.get(), insert_2));
}

TEST_CASE_METHOD(Statements, "a session that is lost with statements under way is an outage", "[statement]") {
  try {
    pg::Transaction transaction(database.get());
    pg::execute(watch.get(), "SELECT pg_terminate_backend($1, 10000)",
                pg::Params().add(std::int32_t{PQbackendPID(database.get())}));
    pg::execute(database.get(), insert_1);
    FAIL("executed");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::outage);
  }
  CHECK_FALSE(pg::usable(database.get()));
  CHECK(rows() == 0);
}

TEST_CASE_METHOD(Statements, "a connection that its owner has put into pipeline mode is refused",
                 "[statement]") {
  REQUIRE(PQenterPipelineMode(database.get()) == 1);
  CHECK_THROWS_AS(pg::execute(database.get(), insert_1), Misuse);
  CHECK_THROWS_AS(pg::send_pipelined(database.get(), insert_1), Misuse);
  CHECK(PQexitPipelineMode(database.get()) == 1);
}
