#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <span>
#include <vector>

#include "queue/job_id.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using testing::Database;
using testing::ticket;
using testing::uuid;

TEST_CASE("enqueue_index appends one row with the promised defaults") {
  const Database database{testing::WordEmbedder{}};
  const Uuid id = enqueue_index(database.get(), ticket(42));
  CHECK(database.text("SELECT concat_ws(' ', id, organization_id, source_type, source_id, action, priority, "
                      "status, attempts) "
                      "FROM rag_index_queue") == id.to_string() + " " + uuid(1).to_string() + " ticket " +
                                                     uuid(42).to_string() + " upsert 5 pending 0");
}

TEST_CASE("a request lives and dies with the caller's transaction") {
  const Database database{testing::WordEmbedder{}};
  database.run("BEGIN");
  enqueue_index(database.get(), ticket(1));
  enqueue_index(database.get(), std::vector<Request>{ticket(2), ticket(3)});
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 3);
  database.run("ROLLBACK");
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 0);
}

TEST_CASE("requests are taken as text, as handlers have them") {
  const Database database{testing::WordEmbedder{}};
  enqueue_index(database.get(), uuid(1).to_string(), "kb", uuid(7).to_string(), "delete", 9);
  CHECK(database.text("SELECT source_type || action || priority FROM rag_index_queue") == "kbdelete9");
}

TEST_CASE("bad input is refused by name and value, and nothing is written") {
  const Database database{testing::WordEmbedder{}};
  const std::string good = uuid(1).to_string();
  struct Case {
    std::string organization_id, source_type, source_id, action;
    int priority;
    std::string field, value;
  };
  const std::string long_type(51, 'x');
  const std::vector<Case> cases{
      {"not-a-uuid", "ticket", good, "upsert", 5, "organization_id", "not-a-uuid"},
      {good, "ticket", "42", "upsert", 5, "source_id", "42"},
      {good, "ticket", good, "reindex", 5, "action", "reindex"},
      {good, "", good, "upsert", 5, "source_type", ""},
      {good, long_type, good, "upsert", 5, "source_type", long_type},
      {good, "ticket", good, "upsert", 101, "priority", "101"},
      {good, "ticket", good, "upsert", -1, "priority", "-1"},
  };
  for (const Case& wrong : cases) {
    CAPTURE(wrong.field, wrong.value);
    try {
      enqueue_index(database.get(), wrong.organization_id, wrong.source_type, wrong.source_id, wrong.action,
                    wrong.priority);
      FAIL("accepted");
    } catch (const InvalidInput& error) {
      CHECK(error.field() == wrong.field);
      CHECK(error.value() == wrong.value);
      CHECK(error.fault() == Fault::input);
    }
  }
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 0);
}

TEST_CASE("fifty characters of any script are a source type") {
  const Database database{testing::WordEmbedder{}};
  Request request = ticket(1);
  request.source.source_type.clear();
  for (int character = 0; character < 50; ++character) request.source.source_type += "é";
  CHECK_NOTHROW(enqueue_index(database.get(), request));
}

TEST_CASE("many requests go in one COPY, all or none") {
  const Database database{testing::WordEmbedder{}};
  std::vector<Request> requests;
  for (unsigned number = 0; number < 200'000; ++number) requests.push_back(ticket(number));
  CHECK(enqueue_index(database.get(), requests) == requests.size());
  CHECK(database.number("SELECT count(DISTINCT source_id) FROM rag_index_queue WHERE status = 'pending'") ==
        200'000);

  requests.at(777).priority = 1000;
  try {
    enqueue_index(database.get(), requests);
    FAIL("accepted");
  } catch (const InvalidInput& error) {
    CHECK(error.field() == "requests[777].priority");
  }
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 200'000);
}

TEST_CASE("other languages enqueue by the SQL function, or by a plain INSERT") {
  const Database database{testing::WordEmbedder{}};
  database.run("SELECT rag_enqueue_index('" + uuid(1).to_string() + "', 'ticket', '" + uuid(2).to_string() +
               "')");
  database.run("INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) VALUES ('" +
               uuid(1).to_string() + "', 'kb', '" + uuid(3).to_string() + "', 'delete')");
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE status = 'pending' AND run_at IS NULL "
                        "AND id IS NOT NULL") == 2);
}

TEST_CASE("the table itself refuses what is no request, whoever sends it") {
  const Database database{testing::WordEmbedder{}};
  const std::string head = "SELECT rag_enqueue_index('" + uuid(1).to_string() + "', ";
  const std::string id = ", '" + uuid(2).to_string() + "', ";
  for (const std::string& tail : {"'ticket'" + id + "'purge', 5)", "''" + id + "'upsert', 5)",
                                  "'" + std::string(51, 'x') + "'" + id + "'upsert', 5)"}) {
    CAPTURE(tail);
    CHECK_THROWS_AS(database.run(head + tail), Error);
  }
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 0);
}

TEST_CASE("enqueue waits for nobody, however long a neighbour's transaction stays open", "[promise-6]") {
  const Database database{testing::WordEmbedder{}};
  const Connection neighbour = database.connect();
  pg::execute_script(neighbour.get(), "BEGIN");
  enqueue_index(neighbour.get(), ticket(1));
  // With a lock wait of no time at all, waiting would be an error.
  database.run("SET lock_timeout = '1ms'");
  CHECK_NOTHROW(enqueue_index(database.get(), ticket(1)));
  pg::execute_script(neighbour.get(), "COMMIT");
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 2);
}

TEST_CASE("a connection that cannot be used is an error, not a crash") {
  CHECK_THROWS_AS(enqueue_index(nullptr, ticket(1)), Misuse);
}

TEST_CASE("a forked process makes ids of its own") {
  (void)pg::new_job_id();
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t child = fork();
  const Uuid::Bytes own = pg::new_job_id().bytes();
  if (child == 0) _exit(write(ends[1], own.data(), own.size()) > 0 ? 0 : 1);
  Uuid::Bytes others{};
  CHECK(read(ends[0], others.data(), others.size()) > 0);
  waitpid(child, nullptr, 0);
  for (const int end : ends) close(end);
  constexpr std::size_t timestamp_bytes = 6;
  CHECK_FALSE(std::ranges::equal(std::span(own).subspan(timestamp_bytes),
                                 std::span(others).subspan(timestamp_bytes)));
}
