#include <libpq-fe.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>

#include "db/prepared.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using testing::Database;
using testing::ticket;

namespace {

constexpr const char* rows = "SELECT count(*) FROM rag_index_queue";

/// How often the session ran what it keeps.
long long runs_of_kept(pg_conn* connection) {
  return pg::execute(
             connection,
             "SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint FROM pg_prepared_statements "
             "WHERE name LIKE 'ragqueue\\_%'")
      .get<std::int64_t>(0, 0);
}

}  // namespace

TEST_CASE("kept statements enqueue, claim and end jobs as those sent each time do", "[prepared]") {
  const Database database{testing::WordEmbedder{}};
  const Connection connection = database.connect();
  prepare_statements(connection.get());
  prepare_statements(connection.get());  // changes nothing
  const Uuid id = enqueue_index(connection.get(), ticket(1));
  pg::execute_script(connection.get(), "BEGIN");
  enqueue_index(connection.get(), ticket(2));
  pg::execute_script(connection.get(), "ROLLBACK");
  const std::int64_t worker = register_worker(connection.get(), "test", 1, std::chrono::minutes(1));
  Queue queue(connection.get());
  const std::vector<Job> jobs = queue.claim(worker, 10);
  REQUIRE(jobs.size() == 1);
  CHECK(jobs.front().id == id);
  queue.complete(jobs);
  CHECK(queue.counts().done == 1);
  CHECK(runs_of_kept(connection.get()) >= 4);
}

TEST_CASE("a kept statement goes where the search path leads", "[prepared]") {
  const Database first{testing::WordEmbedder{}}, second{testing::WordEmbedder{}};
  const Connection connection = first.connect();
  prepare_statements(connection.get());
  enqueue_index(connection.get(), ticket(1));
  pg::execute_script(connection.get(), "SET search_path = " + second.text("SELECT current_schema()"));
  enqueue_index(connection.get(), ticket(2));
  CHECK(first.number(rows) == 1);
  CHECK(second.number(rows) == 1);
  CHECK(runs_of_kept(connection.get()) == 2);
}

TEST_CASE("a connection that was reset keeps nothing until it is asked to again", "[prepared][promise-6]") {
  const Database database{testing::WordEmbedder{}};
  const Connection connection = database.connect();
  prepare_statements(connection.get());
  PQreset(connection.get());
  enqueue_index(connection.get(), ticket(1));
  CHECK(runs_of_kept(connection.get()) == 0);
  prepare_statements(connection.get());
  enqueue_index(connection.get(), ticket(2));
  CHECK(runs_of_kept(connection.get()) == 1);
  CHECK(database.number(rows) == 2);
}

TEST_CASE("a session that was made to forget keeps nothing until it is asked to again",
          "[prepared][promise-6]") {
  const Database database{testing::WordEmbedder{}};
  const Connection connection = database.connect();
  for (const char* forget : {"DISCARD ALL", "DEALLOCATE ALL", "DEALLOCATE ragqueue_enqueue"}) {
    CAPTURE(forget);
    prepare_statements(connection.get());
    pg::execute_script(connection.get(), forget);
    CHECK_FALSE(pg::is_prepared(connection.get()));
    enqueue_index(connection.get(), ticket(1));
    prepare_statements(connection.get());
    enqueue_index(connection.get(), ticket(1));
    CHECK(runs_of_kept(connection.get()) == 1);
  }
  CHECK(database.number(rows) == 6);
}

TEST_CASE("a kept statement calls no function of a like name in a schema further along",
          "[prepared][promise-13]") {
  const Database database{testing::WordEmbedder{}};
  const Database other;
  other.run(
      "CREATE FUNCTION rag_enqueue_index(uuid, text, uuid, text, oid, uuid) RETURNS uuid LANGUAGE sql AS "
      "'SELECT $6'");
  const Connection connection = database.connect();
  pg::execute_script(connection.get(), "SET search_path = " + database.text("SELECT current_schema()") +
                                           ", public, " + other.text("SELECT current_schema()"));
  prepare_statements(connection.get());
  enqueue_index(connection.get(), ticket(1));
  CHECK(database.number(rows) == 1);
}

TEST_CASE("statements are kept outside of transactions, and where there is a schema", "[prepared]") {
  const Database database{testing::WordEmbedder{}};
  const Connection connection = database.connect();
  pg::execute_script(connection.get(), "BEGIN");
  CHECK_THROWS_AS(prepare_statements(connection.get()), Misuse);
  pg::execute_script(connection.get(), "ROLLBACK; SET search_path = nowhere");
  CHECK_THROWS_AS(prepare_statements(connection.get()), Error);
  CHECK_FALSE(pg::is_prepared(connection.get()));
  CHECK_THROWS_AS(prepare_statements(nullptr), Misuse);
}
