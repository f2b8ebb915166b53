#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <thread>
#include <vector>

#include "pg/claim.hpp"
#include "pg/outcome.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Database;
using testing::ticket;
using testing::uuid;

namespace {

struct Claims {
  Database database{testing::WordEmbedder{}};
  Queue queue{database.get()};
  std::int64_t worker = register_worker(database.get(), "here", 1, 60s);

  std::vector<Job> claim(int limit = 10) { return queue.claim(worker, limit); }
  void enqueue(const Request& request) const { enqueue_index(database.get(), request); }
  [[nodiscard]] std::string statuses() const {
    return database.text("SELECT string_agg(status, ' ' ORDER BY seq) FROM rag_index_queue");
  }
};

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
                 "many requests for one source are one run: the newest, at the place of the most urgent") {
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

TEST_CASE_METHOD(Claims, "a request that arrives while its source runs waits, and runs once afterwards") {
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

TEST_CASE_METHOD(Claims, "two claims that each hold a request of one source: one of them takes it") {
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

TEST_CASE_METHOD(Claims, "whoever sets a status by hand makes a request of what was done or failed") {
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
    "a claim goes on where the first sources cannot be had, because they run or another session holds them") {
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

TEST_CASE_METHOD(Claims, "a claim whose statements would not see what others did is refused") {
  enqueue(ticket(1));
  database.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
  CHECK_THROWS_AS(pg::claim_due(database.get(), worker, 1), Error);
  database.run("ROLLBACK");
  database.run("SET default_transaction_isolation = 'repeatable read'");
  CHECK(claim().size() == 1);
}

TEST_CASE_METHOD(Claims, "a failure costs an attempt, is kept, and pauses longer each time until the last") {
  enqueue(ticket(1));
  const RetryPolicy policy{.max_attempts = 3, .base = 10s, .limit = 60s};
  for (int attempt = 1; attempt <= 3; ++attempt) {
    CAPTURE(attempt);
    const std::vector<Job> jobs = claim();
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].attempts == attempt - 1);
    CHECK(queue.fail(std::vector{Failure{.job = jobs[0], .message = "no luck"}}, policy).size() == 1);
    CHECK(database.text("SELECT attempts || ' ' || last_error FROM rag_index_queue") ==
          std::to_string(attempt) + " no luck");
    CHECK(statuses() == (attempt < 3 ? "pending" : "failed"));
    if (attempt < 3) {
      const std::string low = std::to_string(5 * attempt - 1);
      const std::string high = std::to_string(15 * attempt);
      CHECK(database.text("SELECT run_at - now() BETWEEN '" + low + "s' AND '" + high +
                          "s' FROM rag_index_queue") == "true");
      CHECK(claim().empty());
      database.run("UPDATE rag_index_queue SET run_at = now()");
    }
  }
  CHECK(claim().empty());
}

TEST_CASE_METHOD(Claims, "what cannot be helped by trying again fails at once") {
  enqueue(ticket(1));
  queue.fail(std::vector{Failure{.job = claim().at(0), .message = "not UTF-8", .permanent = true}}, {});
  CHECK(statuses() == "failed");
}

TEST_CASE_METHOD(Claims, "an error text of any size or bytes is kept as readable text") {
  enqueue(ticket(1));
  std::string message(100'000, 'x');
  message[5] = '\xFF';
  message[6] = '\0';
  CHECK(queue.fail(std::vector{Failure{.job = claim().at(0), .message = message}}, {}).size() == 1);
  CHECK(database.text("SELECT length(last_error) BETWEEN 4000 AND 4200 FROM rag_index_queue") == "true");
}

TEST_CASE_METHOD(Claims, "a failed request does not swallow a newer one") {
  enqueue(ticket(1));
  const std::vector<Job> first = claim();
  enqueue(ticket(1));
  queue.fail(std::vector{Failure{.job = first[0], .message = "no", .permanent = true}}, {});
  CHECK(claim().size() == 1);
  CHECK(statuses() == "failed running");
}

TEST_CASE_METHOD(Claims, "a release gives the job back unspent") {
  enqueue(ticket(1));
  const std::vector<Job> jobs = claim();
  CHECK(queue.release(jobs) == 1);
  CHECK_THROWS_AS(queue.complete(jobs), LostClaim);
  CHECK(queue.fail(std::vector{Failure{.job = jobs[0], .message = "late"}}, {}).empty());
  CHECK(queue.release(jobs) == 0);
  CHECK(database.text("SELECT status || attempts FROM rag_index_queue") == "pending0");
  CHECK(claim().size() == 1);
}

TEST_CASE_METHOD(Claims, "a lost token changes nothing and says so") {
  enqueue(ticket(1));
  const std::vector<Job> lost = claim();
  REQUIRE(queue.release(lost) == 1);
  const std::vector<Job> held = claim();
  REQUIRE(held.size() == 1);
  CHECK(held[0].token > lost[0].token);
  CHECK_THROWS_AS(queue.complete(lost), LostClaim);
  CHECK(queue.fail(std::vector{Failure{.job = lost[0], .message = "late"}}, {}).size() == 0);
  CHECK(queue.release(lost) == 0);
  CHECK(queue.held(lost).empty());
  CHECK(queue.held(held).size() == 1);
  CHECK(statuses() == "running");
  CHECK(database.text("SELECT last_error FROM rag_index_queue") == "NULL");
  CHECK_NOTHROW(queue.complete(held));
}

TEST_CASE_METHOD(Claims, "a late worker that asks what became of its claim is not told of another's") {
  enqueue(ticket(1));
  const std::vector<Job> lost = claim();
  REQUIRE(queue.release(lost) == 1);
  const std::vector<Job> held = claim();
  CHECK(pg::outcomes_of(database.get(), lost) == std::vector{pg::Outcome::unknown});
  queue.complete(held);
  CHECK(pg::outcomes_of(database.get(), lost) == std::vector{pg::Outcome::unknown});
  CHECK(pg::outcomes_of(database.get(), held) == std::vector{pg::Outcome::done});
}

TEST_CASE_METHOD(Claims, "failed jobs are tried again by type, organization or id, with all their attempts") {
  for (unsigned number = 1; number <= 3; ++number) enqueue(ticket(number));
  std::vector<Failure> failures;
  for (const Job& job : claim()) failures.push_back({.job = job, .message = "no", .permanent = true});
  queue.fail(failures, {});
  CHECK(queue.retry_failed({.source_type = "kb"}) == 0);
  CHECK(queue.retry_failed({.organization_id = uuid(99)}) == 0);
  CHECK(queue.retry_failed({.id = failures[0].job.id}) == 1);
  CHECK(queue.retry_failed({.source_type = "ticket", .organization_id = uuid(1)}) == 2);
  CHECK(database.text("SELECT DISTINCT status || attempts FROM rag_index_queue") == "pending0");
}

TEST_CASE_METHOD(Claims, "a failed request that a newer one has overtaken is not run after it") {
  enqueue(ticket(1, Action::remove));
  queue.fail(std::vector{Failure{.job = claim().at(0), .message = "no", .permanent = true}}, {});
  enqueue(ticket(1, Action::upsert));
  SECTION("the newer one is done: the old one is superseded") {
    queue.complete(claim());
    CHECK(queue.retry_failed({}) == 0);
    CHECK(statuses() == "done done");
  }
  SECTION("the newer one failed as well: that one is tried again") {
    queue.fail(std::vector{Failure{.job = claim().at(0), .message = "no", .permanent = true}}, {});
    CHECK(queue.retry_failed({}) == 1);
    CHECK(statuses() == "failed pending");
  }
}

TEST_CASE_METHOD(Claims, "a clock that steps back hides no request") {
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
  CHECK_THROWS_AS(claim(), InvalidInput);
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
