#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "db/notification.hpp"
#include "queue/retention.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"
#include "support/wrong_clock.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Database;
using testing::ticket;

namespace {

struct Leases {
  Database database{testing::WordEmbedder{}};
  Queue queue{database.get()};

  [[nodiscard]] std::int64_t new_worker() const { return register_worker(database.get(), "here", 2, 6s); }
  /// By the database's clock, as if its heartbeats had stopped. What the server was down for does not count,
  /// so the lease is as long as the server has been up: a heartbeat makes it hold again for so long.
  void let_lease_end(std::int64_t worker) const {
    database.run(
        "UPDATE rag_workers SET heartbeat_at = now() - interval '1 day', lease = clock_timestamp() - "
        "pg_postmaster_start_time() WHERE id = " +
        std::to_string(worker));
  }
};

}  // namespace

TEST_CASE_METHOD(
    Leases, "the jobs of a vanished worker are given back unspent, and its late acknowledgement is refused",
    "[promise-1][promise-5][promise-8][promise-12]") {
  enqueue_index(database.get(), ticket(1));
  const std::int64_t gone = new_worker();
  const std::vector<Job> jobs = queue.claim(gone, 10);
  REQUIRE(jobs.size() == 1);
  CHECK(rescue(database.get()) == 0);
  let_lease_end(gone);
  CHECK(rescue(database.get()) == 1);
  CHECK(database.text("SELECT status || attempts FROM rag_index_queue") == "pending0");
  CHECK_THROWS(queue.complete(jobs));
  CHECK_FALSE(heartbeat(database.get(), gone, {}));
  CHECK(queue.claim(gone, 10).empty());
}

TEST_CASE_METHOD(Leases, "a sweep clears away what failed, and what was ended by hand") {
  for (unsigned number = 1; number <= 4; ++number) enqueue_index(database.get(), ticket(number));
  const std::vector<Job> jobs = queue.claim(new_worker(), 2);
  REQUIRE(queue.fail({{{.job = jobs.at(0), .message = "no", .permanent = true}}}, {}).size() == 1);
  database.run("UPDATE rag_index_queue SET status = 'done' WHERE source_id = '" +
               testing::uuid(4).to_string() + "'");
  const std::string all =
      "SELECT string_agg(right(source_id::text, 1) || status, ' ' ORDER BY seq) || ' at ' || "
      "string_agg(updated_at::text, ' ' ORDER BY seq) FROM rag_index_queue";
  const std::string before = database.text(all);
  CHECK(before.starts_with("1failed 2running 3pending 4done at "));
  pg::sweep(database.get());
  CHECK(database.text(all) == before);
  CHECK(database.number("SELECT count(*) FROM ONLY rag_index_queue") == 2);
}

TEST_CASE_METHOD(Leases, "a worker that is alive keeps its jobs", "[promise-12]") {
  enqueue_index(database.get(), ticket(1));
  const std::int64_t worker = new_worker();
  REQUIRE(queue.claim(worker, 10).size() == 1);
  let_lease_end(worker);
  CHECK(heartbeat(database.get(), worker, {.idle = true}));
  CHECK(rescue(database.get()) == 0);
}

TEST_CASE_METHOD(Leases, "a server that was down does not count its absence as the workers'",
                 "[promise-12]") {
  const std::int64_t worker = new_worker();
  const auto rescued_with = [&](const std::string& lease) {
    database.run(
        "UPDATE rag_workers SET heartbeat_at = pg_postmaster_start_time() - interval '1h', lease = " + lease);
    rescue(database.get());
    return list_workers(database.get()).empty();
  };
  CHECK_FALSE(rescued_with("clock_timestamp() - pg_postmaster_start_time() + interval '50min'"));
  CHECK(heartbeat(database.get(), worker, {}));
  CHECK(rescued_with("interval '0s'"));
}

TEST_CASE_METHOD(
    Leases, "a worker whose host's clock is an hour slow keeps its lease, and one that is fast gains none",
    "[promise-12]") {
  const auto seconds = GENERATE(-3600, 3600);
  CAPTURE(seconds);
  const auto right = std::chrono::system_clock::now();
  const testing::WrongClock wrong{std::chrono::seconds(seconds)};
  REQUIRE(std::chrono::abs(std::chrono::system_clock::now() - right) > 30min);
  const std::int64_t worker = new_worker();
  REQUIRE(heartbeat(database.get(), worker, {}));
  CHECK(rescue(database.get()) == 0);
  REQUIRE(list_workers(database.get()).size() == 1);
  CHECK(database.text(
            "SELECT abs(extract(epoch FROM clock_timestamp() - heartbeat_at)) < 1800 FROM rag_workers") ==
        "true");
  let_lease_end(worker);
  rescue(database.get());
  CHECK(list_workers(database.get()).empty());
}

TEST_CASE_METHOD(Leases, "an enqueue tells those who sleep, and costs no NOTIFY while nobody does",
                 "[promise-12]") {
  const Connection sleeper = database.connect();
  REQUIRE(pg::listen(sleeper.get(), database.conninfo()));
  const std::int64_t worker = new_worker();
  const auto is_told = [&] {
    enqueue_index(database.get(), ticket(1));
    pg::execute(sleeper.get(), "SELECT 1");  // what was committed before comes with its answer
    return pg::wait_for_notification(sleeper.get(), -1, 0ms);
  };
  CHECK_FALSE(is_told());
  REQUIRE(heartbeat(database.get(), worker, {.idle = true}));
  CHECK(is_told());
  let_lease_end(worker);
  CHECK_FALSE(is_told());
}

TEST_CASE_METHOD(Leases, "running rows that belong to no worker at all are rescued", "[promise-1]") {
  enqueue_index(database.get(), ticket(1));
  database.run("UPDATE rag_index_queue SET status = 'running'");
  CHECK(rescue(database.get()) == 1);
}

TEST_CASE_METHOD(Leases, "a job whose workers vanish again and again is taken for the cause", "[promise-9]") {
  enqueue_index(database.get(), ticket(1));
  for (int round = 1; round <= 5; ++round) {
    CAPTURE(round);
    const std::int64_t worker = new_worker();
    REQUIRE(queue.claim(worker, 10).size() == 1);
    let_lease_end(worker);
    CHECK(rescue(database.get()) == 1);
    CHECK(database.text("SELECT status FROM rag_index_queue") == (round < 5 ? "pending" : "failed"));
  }
  CHECK(database.text("SELECT last_error FROM rag_index_queue") ==
        "its workers vanished 5 times while running it");
  CHECK(database.number("SELECT attempts FROM rag_index_queue") == 0);
}

TEST_CASE_METHOD(Leases, "newer requests for a source that takes its workers with it give it no fresh start",
                 "[promise-9]") {
  for (int death = 1; death <= 5; ++death) {
    enqueue_index(database.get(), ticket(1));
    const std::int64_t worker = new_worker();
    REQUIRE(queue.claim(worker, 10).size() == 1);
    let_lease_end(worker);
    CHECK(rescue(database.get()) == 1);
  }
  CHECK(database.text("SELECT string_agg(status || rescues, ' ' ORDER BY seq) FROM rag_index_queue") ==
        "done1 done2 done3 done4 failed5");
}

TEST_CASE_METHOD(Leases, "a job that takes its workers with it does not take its neighbours too",
                 "[promise-9]") {
  for (unsigned number = 1; number <= 3; ++number) enqueue_index(database.get(), ticket(number));
  for (int death = 1; death <= 5; ++death) {
    CAPTURE(death);
    const std::int64_t worker = new_worker();
    // Each worker finishes what comes before ticket 2, and dies of that one.
    while (true) {
      const std::vector<Job> jobs = queue.claim(worker, 10);
      REQUIRE_FALSE(jobs.empty());
      const auto is_poison = [](const Job& job) { return job.request.source.source_id == testing::uuid(2); };
      if (std::ranges::any_of(jobs, is_poison)) {
        CHECK(jobs.size() == (death == 1 ? 3U : 1U));
        break;
      }
      queue.complete(jobs);
    }
    let_lease_end(worker);
    rescue(database.get());
  }
  CHECK(database.text("SELECT status FROM rag_index_queue WHERE source_id = '" +
                      testing::uuid(2).to_string() + "'") == "failed");
  const std::int64_t worker = new_worker();
  for (std::vector<Job> jobs = queue.claim(worker, 10); !jobs.empty(); jobs = queue.claim(worker, 10))
    queue.complete(jobs);
  CHECK(queue.counts().done == 2);
}

TEST_CASE_METHOD(Leases, "a worker that says goodbye gives back what it holds", "[promise-12]") {
  enqueue_index(database.get(), ticket(1));
  const std::int64_t worker = new_worker();
  REQUIRE(queue.claim(worker, 10).size() == 1);
  REQUIRE(list_workers(database.get()).at(0).running == 1);
  unregister_worker(database.get(), worker);
  CHECK(list_workers(database.get()).empty());
  CHECK(database.text("SELECT status FROM rag_index_queue") == "pending");
}
