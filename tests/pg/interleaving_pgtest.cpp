#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>
#include <future>
#include <thread>

#include "db/transaction.hpp"
#include "queue/claim.hpp"
#include "queue/outcome.hpp"
#include "queue/retention.hpp"
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

namespace {

/// Two sessions, each with a worker, stepped by hand.
struct Sessions {
  Database database{testing::WordEmbedder{}};
  Connection one = database.connect(), two = database.connect();
  std::int64_t first = register_worker(one.get(), "one", 1, 60s),
               second = register_worker(two.get(), "two", 2, 60s);

  [[nodiscard]] std::string statuses() const {
    return database.text("SELECT string_agg(status, ' ' ORDER BY seq) FROM rag_index_queue");
  }
  void begin(const Connection& session) const { pg::execute_script(session.get(), "BEGIN"); }
  void commit(const Connection& session) const { pg::execute_script(session.get(), "COMMIT"); }
  /// Until a session waits for a lock, or `given_up`.
  void wait_for_waiter(const std::function<bool()>& given_up = [] { return false; }) const {
    while (!given_up() &&
           database.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == 0)
      std::this_thread::yield();
  }
  void let_lease_end(std::int64_t worker) const {
    database.run("UPDATE rag_workers SET heartbeat_at = now() - interval '7s', lease = '1ms' WHERE id = " +
                 std::to_string(worker));
  }
};

}  // namespace

TEST_CASE_METHOD(Sessions, "claim against claim: the second takes other sources, and does not wait",
                 "[interleaving][promise-2]") {
  enqueue_index(database.get(), std::vector{ticket(1), ticket(2)});
  begin(one);
  const std::vector<Job> mine = pg::claim_due(one.get(), first, 1);
  REQUIRE(mine.size() == 1);
  pg::execute_script(two.get(), "SET lock_timeout = '1ms'");
  const std::vector<Job> others = Queue(two.get()).claim(second, 10);
  REQUIRE(others.size() == 1);
  CHECK(others[0].request.source != mine[0].request.source);
  commit(one);
  CHECK(statuses() == "running running");
}

TEST_CASE_METHOD(Sessions,
                 "claim against claim: a request committed in between waits for its turn, and nobody for it",
                 "[interleaving]") {
  const Connection application = database.connect();
  begin(application);
  enqueue_index(application.get(), ticket(1));
  enqueue_index(database.get(), ticket(1));
  begin(one);
  REQUIRE(pg::claim_due(one.get(), first, 1).size() == 1);
  commit(application);  // the oldest request of its source now, which the first claim never saw
  pg::execute_script(two.get(), "SET lock_timeout = '1ms'");
  CHECK(Queue(two.get()).claim(second, 10).empty());
  commit(one);
  CHECK(Queue(two.get()).claim(second, 10).empty());
  CHECK(statuses() == "pending running");
}

TEST_CASE_METHOD(Sessions, "claim against claim: the one that rolls back leaves the source to the other",
                 "[interleaving]") {
  enqueue_index(database.get(), ticket(1));
  begin(one);
  REQUIRE(pg::claim_due(one.get(), first, 1).size() == 1);
  CHECK(Queue(two.get()).claim(second, 10).empty());
  pg::execute_script(one.get(), "ROLLBACK");
  CHECK(Queue(two.get()).claim(second, 10).size() == 1);
}

TEST_CASE_METHOD(Sessions,
                 "enqueue against acknowledgement: whoever commits first, one later run sees the request",
                 "[interleaving]") {
  enqueue_index(database.get(), ticket(1));
  const std::vector<Job> jobs = Queue(one.get()).claim(first, 1);
  pg::execute_script(two.get(), "SET lock_timeout = '1ms'");
  begin(one);
  begin(two);
  Queue(one.get()).complete(jobs);
  enqueue_index(two.get(), ticket(1));  // waits for nobody
  const bool enqueue_first = GENERATE(true, false);
  commit(enqueue_first ? two : one);
  commit(enqueue_first ? one : two);
  CHECK(statuses() == "done pending");
  CHECK(Queue(one.get()).claim(first, 10).size() == 1);
  CHECK(Queue(two.get()).claim(second, 10).empty());
}

TEST_CASE_METHOD(Sessions,
                 "acknowledgement against rescue: the one that holds the row wins, the other changes nothing",
                 "[interleaving]") {
  enqueue_index(database.get(), ticket(1));
  const std::vector<Job> jobs = Queue(one.get()).claim(first, 1);
  let_lease_end(first);
  SECTION("the acknowledgement came first") {
    begin(one);
    Queue(one.get()).complete(jobs);
    CHECK(rescue(two.get()) == 0);  // and does not wait
    commit(one);
    CHECK(rescue(two.get()) == 0);
    CHECK(statuses() == "done");
  }
  SECTION("the acknowledgement came first, and rolled back") {
    begin(one);
    Queue(one.get()).complete(jobs);
    CHECK(rescue(two.get()) == 0);
    pg::execute_script(one.get(), "ROLLBACK");
    CHECK(rescue(two.get()) == 1);
    CHECK(statuses() == "pending");
  }
  SECTION("the rescue came first") {
    begin(two);
    CHECK(rescue(two.get()) == 1);
    auto late = std::async(std::launch::async, [&] { Queue(one.get()).complete(jobs); });
    wait_for_waiter();
    commit(two);
    CHECK_THROWS_AS(late.get(), LostClaim);
    CHECK(statuses() == "pending");
  }
}

TEST_CASE_METHOD(Sessions, "heartbeat against rescue: a worker that is rescued is told so",
                 "[interleaving]") {
  let_lease_end(first);
  begin(two);
  rescue(two.get());
  auto late = std::async(std::launch::async, [&] { return heartbeat(one.get(), first, WorkerCondition{}); });
  wait_for_waiter();
  commit(two);
  CHECK_FALSE(late.get());
}

TEST_CASE_METHOD(Sessions, "heartbeat against rescue: a heartbeat on its way saves the worker",
                 "[interleaving]") {
  enqueue_index(database.get(), ticket(1));
  REQUIRE(Queue(one.get()).claim(first, 1).size() == 1);
  let_lease_end(first);
  begin(one);
  pg::execute_script(one.get(), "UPDATE rag_workers SET lease = '60s'");
  CHECK(heartbeat(one.get(), first, WorkerCondition{}));
  auto late = std::async(std::launch::async, [&] { return rescue(two.get()); });
  wait_for_waiter();
  commit(one);
  CHECK(late.get() == 0);
  CHECK(statuses() == "running");
}

TEST_CASE_METHOD(Sessions,
                 "delete against upsert: the one enqueued last decides, in whatever order they were claimed",
                 "[interleaving]") {
  begin(one);
  enqueue_index(one.get(), ticket(1, Action::upsert));
  enqueue_index(two.get(), ticket(1, Action::remove));
  const std::vector<Job> removal = Queue(two.get()).claim(second, 10);
  REQUIRE(removal.size() == 1);
  CHECK(removal[0].request.action == Action::remove);
  commit(one);
  CHECK(Queue(two.get()).claim(second, 10).empty());  // its source still runs
  Queue(two.get()).complete(removal);
  // The upsert was enqueued first and committed last. It runs, and fetches what is there: nothing, if it was
  // deleted.
  CHECK(Queue(two.get()).claim(second, 10).size() == 1);
}

TEST_CASE_METHOD(Sessions,
                 "a caller's transaction that stays open holds nobody up, and its request is not lost",
                 "[interleaving]") {
  begin(one);
  enqueue_index(one.get(), ticket(1));
  pg::execute_script(two.get(), "SET lock_timeout = '1ms'");
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    enqueue_index(two.get(), ticket(1));
    const std::vector<Job> jobs = Queue(two.get()).claim(second, 10);
    REQUIRE(jobs.size() == 1);
    Queue(two.get()).complete(jobs);
    CHECK(rescue(two.get()) == 0);
  }
  commit(one);
  CHECK(Queue(two.get()).claim(second, 10).size() == 1);
}

TEST_CASE_METHOD(Sessions, "a request that arrives while its source runs leads to exactly one later run",
                 "[interleaving][promise-1]") {
  enqueue_index(database.get(), ticket(1));
  Queue queue(one.get());
  const std::vector<Job> jobs = queue.claim(first, 1);
  REQUIRE(jobs.size() == 1);
  enqueue_index(database.get(), ticket(1));
  enqueue_index(database.get(), ticket(1));
  std::string end = "done";
  SECTION("the run succeeds") {
    queue.complete(jobs);
  }
  SECTION("the run is to be tried again: the newer request serves it, at once") {
    queue.fail(std::vector{Failure{.job = jobs[0], .message = "no"}}, {.base = 1h, .limit = 2h});
  }
  SECTION("the run fails for good: the newer request is not swallowed") {
    queue.fail(std::vector{Failure{.job = jobs[0], .message = "no", .permanent = true}}, {});
    end = "failed";
  }
  SECTION("the run is given back") {
    queue.release(jobs);
  }
  SECTION("the worker vanishes") {
    let_lease_end(first);
    CHECK(rescue(two.get()) == 1);
    // One that lost a worker runs alone, so it may take a claim of its own.
  }
  SECTION("the worker vanishes for the fifth time") {
    database.run("UPDATE rag_index_queue SET rescues = 4 WHERE status = 'running'");
    let_lease_end(first);
    CHECK(rescue(two.get()) == 1);
    end = "failed";
  }
  const std::vector<Job> later = Queue(two.get()).claim(second, 10);
  REQUIRE(later.size() == 1);
  CHECK(later[0].id.to_string() == database.text("SELECT id FROM rag_index_queue ORDER BY seq DESC LIMIT 1"));
  Queue(two.get()).complete(later);
  CHECK(Queue(two.get()).claim(second, 10).empty());
  CHECK(statuses() == end + " done done");
}

TEST_CASE_METHOD(Sessions, "retry against sweep: a job that is being moved is tried again",
                 "[interleaving]") {
  enqueue_index(database.get(), ticket(1));
  Queue queue(one.get());
  const std::vector<Job> jobs = queue.claim(first, 1);
  REQUIRE(
      queue.fail(std::vector{Failure{.job = jobs.at(0), .message = "no", .permanent = true}}, {}).size() ==
      1);
  begin(one);
  pg::sweep(one.get());
  std::future<std::size_t> retried =
      std::async(std::launch::async, [&] { return Queue(two.get()).retry_failed({}); });
  wait_for_waiter([&] { return retried.wait_for(0s) == std::future_status::ready; });
  commit(one);
  CHECK(retried.get() == 1);
  CHECK(statuses() == "pending");
}

TEST_CASE_METHOD(Sessions, "who asks what became of a claim waits for a commit that is still under way",
                 "[interleaving][promise-1]") {
  enqueue_index(database.get(), ticket(1));
  std::vector<Job> jobs;
  pg::Outcome expected{};
  SECTION("of the claim itself") {
    begin(one);
    jobs = pg::claim_due(one.get(), first, 10);
    expected = pg::Outcome::valid;
  }
  SECTION("of its end") {
    jobs = Queue(one.get()).claim(first, 10);
    begin(one);
    Queue(one.get()).complete(jobs);
    expected = pg::Outcome::done;
  }
  REQUIRE(jobs.size() == 1);
  std::future<std::vector<pg::Outcome>> answer =
      std::async(std::launch::async, [&] { return pg::outcomes_of(two.get(), jobs); });
  wait_for_waiter([&] { return answer.wait_for(0s) == std::future_status::ready; });
  commit(one);
  CHECK(answer.get() == std::vector{expected});
}
