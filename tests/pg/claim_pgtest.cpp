#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <thread>
#include <vector>

#include "claims.hpp"
#include "db/transaction.hpp"
#include "queue/claim.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Claims;
using testing::ticket;
using testing::uuid;

namespace {

std::vector<Uuid> sources_of(const std::vector<Job>& jobs) {
  std::vector<Uuid> ids;
  for (const Job& job : jobs) ids.push_back(job.request.source.source_id);
  return ids;
}

}  // namespace

TEST_CASE_METHOD(Claims, "the highest priority comes first, then the oldest") {
  enqueue(ticket(1, Action::upsert, 5));
  enqueue(ticket(2, Action::upsert, 9));
  enqueue(ticket(3, Action::upsert, 5));
  enqueue(ticket(4, Action::upsert, 0));
  CHECK(sources_of(claim(3)) == std::vector{uuid(2), uuid(1), uuid(3)});
  CHECK(sources_of(claim(3)) == std::vector{uuid(4)});
  CHECK(claim().empty());
}

TEST_CASE_METHOD(Claims,
                 "many requests for one source are one run: the newest, at the place of the most urgent",
                 "[promise-1][promise-3][promise-7]") {
  enqueue(ticket(7, Action::upsert, 9));
  enqueue(ticket(8, Action::upsert, 8));
  enqueue(ticket(7, Action::remove, 1));
  const std::vector<Job> jobs = claim();
  REQUIRE(sources_of(jobs) == std::vector{uuid(7), uuid(8)});
  CHECK(jobs[0].request.action == Action::remove);
  CHECK(statuses() == "done running running");
  CHECK(database.text("SELECT superseded_by FROM rag_index_queue WHERE status = 'done'") ==
        jobs[0].id.to_string());
}

TEST_CASE_METHOD(Claims, "a request that arrives while its source runs waits, and runs once afterwards",
                 "[promise-1]") {
  enqueue(ticket(1));
  const std::vector<Job> first = claim();
  enqueue(ticket(1));
  enqueue(ticket(1));
  CHECK(claim().empty());
  queue.complete(first);
  CHECK(claim().size() == 1);
  CHECK(statuses() == "done done running");
}

TEST_CASE_METHOD(Claims, "an enqueue that is not committed yet is not seen, and not lost") {
  const Connection application = database.connect();
  pg::execute_script(application.get(), "BEGIN");
  enqueue_index(application.get(), ticket(1));
  enqueue(ticket(1));
  const std::vector<Job> first = claim();
  REQUIRE(first.size() == 1);
  queue.complete(first);
  CHECK(claim().empty());
  pg::execute_script(application.get(), "COMMIT");
  CHECK(claim().size() == 1);
}

TEST_CASE_METHOD(Claims, "two claims that each hold a request of one source: one of them takes it",
                 "[promise-2]") {
  enqueue(ticket(1));
  enqueue(ticket(1));
  // Another claim in the middle of its work: it holds the older request.
  const Connection other = database.connect();
  pg::execute_script(other.get(), "BEGIN; SELECT FROM rag_index_queue ORDER BY seq LIMIT 1 FOR UPDATE");
  CHECK(claim().empty());
  pg::execute_script(other.get(), "ROLLBACK");
  CHECK(claim().size() == 1);
}

TEST_CASE_METHOD(Claims, "what is done leaves the rows that claims look at, and is seen where it was") {
  enqueue(ticket(1));
  enqueue(ticket(1));
  const std::vector<Job> jobs = claim();
  CHECK(database.number("SELECT count(*) FROM ONLY rag_index_queue") == 1);
  queue.complete(jobs);
  CHECK(database.number("SELECT count(*) FROM ONLY rag_index_queue") == 0);
  CHECK(statuses() == "done done");
  CHECK(database.text("SELECT attempts || ' ' || (token IS NOT NULL) FROM rag_index_queue WHERE id = '" +
                      jobs[0].id.to_string() + "'") == "0 true");
}

TEST_CASE_METHOD(Claims, "a claim touches no index, however long the rows are") {
  constexpr int many = 300;  // rows of several pages
  for (const std::string type :
       {"kb", "asset", "ticket", "knowledge_article", "a_name_of_a_source_type_of_all_of_fifty_characters"}) {
    CAPTURE(type);
    std::vector<Request> requests;
    for (unsigned number = 0; number < many; ++number) {
      requests.push_back(ticket(number));
      requests.back().source.source_type = type;
    }
    enqueue_index(database.get(), requests);
    queue.complete(claim(many));
    database.run("SELECT pg_stat_force_next_flush(); TRUNCATE ONLY rag_index_queue");
  }
  CHECK(database.number("SELECT pg_stat_get_tuples_updated('rag_index_queue'::regclass)") == 5 * many);
  CHECK(database.number("SELECT pg_stat_get_tuples_hot_updated('rag_index_queue'::regclass)") == 5 * many);
}

TEST_CASE_METHOD(Claims, "whoever sets a status by hand makes a request of what was done or failed",
                 "[promise-1]") {
  enqueue(ticket(1));
  enqueue(ticket(2));
  const std::vector<Job> jobs = claim();
  queue.complete(std::span(jobs).first(1));
  queue.fail(std::vector{Failure{.job = jobs[1], .message = "no", .permanent = true}}, {});
  REQUIRE(claim().empty());
  database.run("UPDATE rag_index_queue SET status = 'pending', attempts = 0");
  CHECK(sources_of(claim()) == std::vector{uuid(1), uuid(2)});
  CHECK(statuses() == "running running");
}

TEST_CASE_METHOD(Claims, "a claim takes as many as it wants, also where many wait for a source that runs") {
  enqueue(ticket(1));
  REQUIRE(claim().size() == 1);
  for (int copy = 0; copy < 5; ++copy) enqueue(ticket(1, Action::upsert, 9));
  for (unsigned number = 2; number <= 7; ++number) enqueue(ticket(number));
  CHECK(sources_of(claim(3)) == std::vector{uuid(2), uuid(3), uuid(4)});
  CHECK(sources_of(claim(3)) == std::vector{uuid(5), uuid(6), uuid(7)});
}

TEST_CASE_METHOD(
    Claims,
    "a claim goes on where the first sources cannot be had, because they run or another session holds them",
    "[promise-1][promise-2][promise-5]") {
  enqueue(ticket(1));
  REQUIRE(claim().size() == 1);
  enqueue(ticket(1));
  enqueue(ticket(2));
  enqueue(ticket(2));
  const Connection other = database.connect();
  pg::execute_script(other.get(), "BEGIN; SELECT FROM rag_index_queue WHERE source_id = '" +
                                      uuid(2).to_string() + "' ORDER BY seq DESC LIMIT 1 FOR UPDATE");
  SECTION("others wait behind them") {
    for (unsigned number = 3; number <= 8; ++number) enqueue(ticket(number));
    CHECK(sources_of(claim(1)) == std::vector{uuid(3)});
    CHECK(sources_of(claim(3)) == std::vector{uuid(4), uuid(5), uuid(6)});
  }
  SECTION("what it takes behind them, it takes later, and so with a later token") {
    Request urgent = ticket(3);
    urgent.priority = 10;
    enqueue(urgent);
    for (unsigned number = 4; number <= 8; ++number) enqueue(ticket(number));
    const std::vector<Job> jobs = claim(4);
    REQUIRE(sources_of(jobs) == std::vector{uuid(3), uuid(4), uuid(5), uuid(6)});
    CHECK(jobs.front().token < jobs.back().token);
    queue.complete(jobs);
  }
  SECTION("jobs that lost a worker wait behind them, each to run alone") {
    for (unsigned number = 3; number <= 4; ++number) enqueue(ticket(number));
    database.run("UPDATE rag_index_queue SET rescues = 1 WHERE source_id IN ('" + uuid(3).to_string() +
                 "', '" + uuid(4).to_string() + "')");
    CHECK(sources_of(claim(10)) == std::vector{uuid(3)});
    CHECK(sources_of(claim(10)) == std::vector{uuid(4)});
  }
  CHECK(claim().size() <= 2);
  pg::execute_script(other.get(), "ROLLBACK");
}

TEST_CASE_METHOD(Claims,
                 "ten thousands of requests for one source are one run, and hold nobody up while it runs") {
  enqueue_index(database.get(), std::vector<Request>(20'000, ticket(1)));
  CHECK(claim().size() == 1);
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE status = 'done'") == 19'999);
  enqueue_index(database.get(), std::vector<Request>(20'000, ticket(1)));
  enqueue(ticket(2));
  CHECK(sources_of(claim()) == std::vector{uuid(2)});
}

TEST_CASE_METHOD(Claims, "a claim that begins where the last one ended misses nothing that waits before") {
  for (unsigned number = 1; number <= 4; ++number) enqueue(ticket(number));
  const std::vector<Job> first = claim(2);
  REQUIRE(first.size() == 2);
  queue.release(first);
  enqueue(ticket(5, Action::upsert, 4));
  std::vector<Uuid> rest;
  for (std::vector<Job> jobs = claim(2); !jobs.empty(); jobs = claim(2))
    for (const Uuid& source : sources_of(jobs)) rest.push_back(source);
  std::ranges::sort(rest);
  CHECK(rest == std::vector{uuid(1), uuid(2), uuid(3), uuid(4), uuid(5)});
}

TEST_CASE_METHOD(Claims, "a claim whose statements would not see what others did is refused", "[promise-2]") {
  enqueue(ticket(1));
  database.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
  CHECK_THROWS_AS(pg::claim_due(database.get(), worker, 1), Error);
  database.run("ROLLBACK");
  database.run("SET default_transaction_isolation = 'repeatable read'");
  CHECK(claim().size() == 1);
}

TEST_CASE_METHOD(Claims, "a clock that steps back hides no request", "[promise-1]") {
  database.run(
      "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, created_at) VALUES ('" +
      uuid(1).to_string() + "', 'kb', '" + uuid(3).to_string() + "', 'upsert', now() + interval '1 hour')");
  CHECK(claim().size() == 1);
}

TEST_CASE_METHOD(Claims, "counts tell what stands in each status, and for how long the oldest waits") {
  CHECK(queue.finished());
  CHECK_FALSE(queue.counts().oldest_pending_seconds.has_value());
  for (unsigned number = 1; number <= 4; ++number) enqueue(ticket(number));
  database.run("UPDATE rag_index_queue SET created_at = now() - interval '1 hour' WHERE source_id = '" +
               uuid(4).to_string() + "'");
  const std::vector<Job> jobs = claim(3);
  queue.complete(std::span(jobs).first(1));
  queue.fail(std::vector{Failure{.job = jobs[1], .message = "no", .permanent = true}}, {});
  const QueueCounts counts = queue.counts();
  CHECK(counts.pending == 1);
  CHECK(counts.running == 1);
  CHECK(counts.done == 1);
  CHECK(counts.failed == 1);
  CHECK(counts.oldest_pending_seconds.has_value());
  CHECK_FALSE(queue.finished());
}

TEST_CASE_METHOD(Claims, "a claim inside a transaction is refused, for it would hold nothing") {
  database.run("BEGIN");
  CHECK_THROWS_AS(claim(), Misuse);
}

TEST_CASE_METHOD(Claims, "claims at the same time share the work: each source once, none left") {
  constexpr unsigned sources = 500;
  std::vector<Request> requests;
  for (unsigned copy = 0; copy < 3; ++copy) {
    for (unsigned number = 0; number < sources; ++number) requests.push_back(ticket(number));
  }
  enqueue_index(database.get(), requests);
  std::vector<std::vector<Uuid>> taken(4);
  std::vector<std::thread> threads;
  for (std::vector<Uuid>& mine : taken) {
    threads.emplace_back([&] {
      const Connection connection = database.connect();
      Queue claims(connection.get());
      // A claim may come back empty only because the others hold what is left for a moment.
      while (!Queue(connection.get()).finished()) {
        const std::vector<Job> jobs = claims.claim(worker, 7);
        for (const Job& job : jobs) mine.push_back(job.request.source.source_id);
        claims.complete(jobs);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Uuid> all;
  for (const auto& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  CHECK(all.size() == sources);
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE status = 'done'") == 3 * sources);
}

TEST_CASE_METHOD(
    Claims, "a claim leaves the source types alone that it is told to, also where it begins in the middle") {
  Request other = ticket(3);
  other.source.source_type = "kb";
  ClaimCursor cursor;
  const std::vector<std::string> without{"ticket", "no such type"};
  const auto claim_others = [&] { return pg::claim_due(database.get(), worker, 1, cursor, without); };
  for (unsigned number : {1, 2, 4}) enqueue(ticket(number));
  enqueue(other);
  CHECK(pg::limited(database.get(), claim_others).size() == 1);  // full: the next begins behind it
  CHECK(pg::limited(database.get(), claim_others).empty());
  CHECK(statuses() == "pending pending pending running");
  cursor.look_now();
  CHECK(pg::limited(database.get(), [&] {
          return pg::claim_due(database.get(), worker, 10, cursor);
        }).size() == 3);
}
