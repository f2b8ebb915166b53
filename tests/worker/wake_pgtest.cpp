#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "db/statement.hpp"
#include "helpdesk.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/source_fetcher.hpp"
#include "ragqueue/worker.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Helpdesk;

namespace {

/// Until no other session has begun or ended a statement for so long.
void wait_for_quiet(const Helpdesk& helpdesk, const std::string& time) {
  while (
      helpdesk.database.number("SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                               "state_change > clock_timestamp() - interval '" +
                               time + "'"))
    std::this_thread::yield();
}

/// Until all consumers sleep, and wait for notifications alone.
void wait_until_asleep(const Helpdesk& helpdesk) {
  while (!helpdesk.database.number("SELECT count(*) FROM rag_workers WHERE idle")) std::this_thread::yield();
  wait_for_quiet(helpdesk, "1 s");
}

/// Whose consumers' claims are counted.
struct CountedClaims : Helpdesk {
  CountedClaims() {
    database.run(
        "CREATE TABLE claims (pid integer); ALTER FUNCTION rag_claim RENAME TO rag_claim_uncounted;"
        "CREATE FUNCTION rag_claim(bigint, integer, text[], integer, timestamptz, bigint) "
        "RETURNS TABLE (id uuid, organization_id uuid, source_type text, source_id uuid, action text, "
        "priority integer, attempts integer, token bigint, head_rank integer, head_created timestamptz, "
        "head_seq bigint) LANGUAGE sql AS 'INSERT INTO claims VALUES (pg_backend_pid()); "
        "SELECT * FROM rag_claim_uncounted($1, $2, $3, $4, $5, $6)'");
  }

  static constexpr int consumers = 6;
  [[nodiscard]] WorkerOptions sleepy() const {
    WorkerOptions sleepy = options();
    sleepy.concurrency = consumers;
    sleepy.drain = false;
    sleepy.poll_interval = 1h;
    return sleepy;
  }

  /// The consumers that have claimed since all slept.
  [[nodiscard]] std::int64_t claimers() const {
    return pg::execute(watch_.get(), "SELECT count(DISTINCT pid) FROM claims").get<std::int64_t>(0, 0);
  }

  /// A consumer looks five times before it sleeps until its poll.
  void wait_until_all_sleep() const {
    while (database.number(
               "SELECT count(*) FROM (SELECT FROM claims GROUP BY pid HAVING count(*) >= 5) AS consumer") <
           consumers)
      std::this_thread::yield();
    wait_until_asleep(*this);
    database.run("TRUNCATE claims");
  }

 private:
  Connection watch_{database.connect()};  // since a consumer's thread may ask
};

/// Fails its first call as a database does that is out, once another consumer has looked for work and found
/// none. A second failure might meet the look of the consumer that its own claim has woken.
class Moody final : public SourceFetcher {
 public:
  Moody(std::shared_ptr<const SourceFetcher> real, std::function<std::int64_t()> claimers)
      : real_(std::move(real)), claimers_(std::move(claimers)) {}

  [[nodiscard]] std::vector<Document> fetch(pg_conn* connection, const Uuid& organization,
                                            std::string_view type, std::span<const Uuid> ids) const override {
    const std::scoped_lock lock(mutex_);
    consumers_.insert(connection);
    if (calls_++ == 0) {
      while (claimers_() < 2) std::this_thread::yield();
      throw Error(Fault::outage, "the database is out");
    }
    return real_->fetch(connection, organization, type, ids);
  }

  /// That have called.
  [[nodiscard]] std::size_t consumers() const {
    const std::scoped_lock lock(mutex_);
    return consumers_.size();
  }

 private:
  std::shared_ptr<const SourceFetcher> real_;
  std::function<std::int64_t()> claimers_;
  mutable std::mutex mutex_;
  mutable std::set<pg_conn*> consumers_;
  mutable int calls_ = 0;
};

}  // namespace

TEST_CASE_METHOD(Helpdesk, "an idle worker is woken by an enqueue, long before it would look by itself",
                 "[promise-12]") {
  std::promise<void> embedded;
  embedder->before_call = [&](auto) { embedded.set_value(); };
  WorkerOptions sleepy = options();
  sleepy.drain = false;
  sleepy.poll_interval = 1h;
  Worker worker(pipeline, sleepy);
  worker.start();
  // The worker says that it is idle, and then looks a few times by itself, less than half a second apart;
  // from then on only a notification wakes it.
  wait_until_asleep(*this);
  write(1, "Printer", "jam");
  CHECK(embedded.get_future().wait_for(60s) == std::future_status::ready);
}

TEST_CASE_METHOD(Helpdesk,
                 "a worker that has just gone to sleep finds what nobody tells, long before its poll",
                 "[promise-12]") {
  WorkerOptions sleepy = options();
  sleepy.concurrency = 1;
  sleepy.drain = false;
  sleepy.poll_interval = 1h;
  Worker worker(pipeline, sleepy);
  worker.start();
  while (!database.number("SELECT count(*) FROM rag_workers WHERE idle")) std::this_thread::yield();
  const auto is_done = [&] {
    return database.number("SELECT count(*) FROM rag_index_queue WHERE status <> 'done'") == 0;
  };
  bool found = false;
  for (unsigned number = 1; number <= 5 && !found; ++number) {
    write(number, "Printer", "jam");  // this one is told, and wakes it
    while (!is_done()) std::this_thread::yield();
    wait_for_quiet(*this, "20 ms");
    database.run(
        "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) "
        "SELECT organization_id, 'ticket', id, 'upsert' FROM tickets");
    // On a machine so busy that this came after its looks, the next told one wakes it again.
    const auto end = std::chrono::steady_clock::now() + 5s;
    while (!found && std::chrono::steady_clock::now() < end) found = is_done();
  }
  CHECK(found);
}

TEST_CASE_METHOD(Helpdesk, "a worker that has work does not ask to be told of more") {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  embedder->before_call = [&](auto) { released.wait(); };
  WorkerOptions one_consumer = options();
  one_consumer.concurrency = 1;
  one_consumer.drain = false;
  Worker worker(pipeline, one_consumer);
  worker.start();
  while (!database.number("SELECT count(*) FROM rag_workers WHERE idle")) std::this_thread::yield();
  write(1, "Printer", "jam");
  while (database.number("SELECT count(*) FROM rag_workers WHERE idle")) std::this_thread::yield();
  CHECK(worker.counters().done == 0);
  release.set_value();
  while (!database.number("SELECT count(*) FROM rag_workers WHERE idle")) std::this_thread::yield();
  CHECK(worker.counters().done == 1);
}

TEST_CASE_METHOD(Helpdesk, "one notification of many requests wakes as many consumers as have work",
                 "[promise-12]") {
  constexpr int consumers = 4;
  std::atomic<int> at_work = 0;
  std::promise<void> all;
  const std::shared_future<void> all_at_work = all.get_future().share();
  embedder->before_call = [&](auto) {
    if (++at_work == consumers) all.set_value();
    all_at_work.wait_for(60s);
  };
  WorkerOptions sleepy = options();
  sleepy.concurrency = consumers;
  sleepy.batch = 1;
  sleepy.drain = false;
  sleepy.poll_interval = 1h;
  Worker worker(pipeline, sleepy);
  worker.start();
  wait_until_asleep(*this);
  database.run("BEGIN");
  for (unsigned number = 1; number <= consumers; ++number)
    write(number, "t" + std::to_string(number), "text");
  database.run("COMMIT");
  CHECK(all_at_work.wait_for(60s) == std::future_status::ready);
}

TEST_CASE_METHOD(CountedClaims,
                 "one request wakes the consumer that runs it, and one more that looks for others",
                 "[promise-12]") {
  Worker worker(pipeline, sleepy());
  worker.start();
  wait_until_all_sleep();
  write(1, "Printer", "jam");
  while (claimers() < 2) std::this_thread::yield();
  wait_for_quiet(*this, "1 s");
  CHECK(worker.counters().done == 1);
  CHECK(claimers() == 2);
}

TEST_CASE_METHOD(
    CountedClaims,
    "a job that the database fails is tried again after the pause of its consumer, by no other at once",
    "[promise-8]") {
  const auto moody = std::make_shared<Moody>(pipeline.sources, [&] { return claimers(); });
  pipeline.sources = moody;
  Worker worker(pipeline, sleepy());
  worker.start();
  wait_until_all_sleep();
  write(1, "Printer", "jam");
  while (worker.counters().done == 0) std::this_thread::yield();
  CHECK(moody->consumers() == 1);
}

TEST_CASE_METHOD(CountedClaims, "what nobody heard of while the heartbeat was away is found when it is back",
                 "[promise-12]") {
  Worker worker(pipeline, sleepy());
  worker.start();
  wait_until_all_sleep();
  const std::string untold =
      "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) "
      "VALUES (gen_random_uuid(), 'ticket', gen_random_uuid(), 'upsert')";
  SECTION("its connection was cut") {
    database.run(untold +
                 "; SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
  }
  SECTION("its heartbeat waited until the lease was over") {
    database.run("BEGIN; SELECT FROM rag_workers FOR UPDATE");
    while (
        !database.number("SELECT count(*) FROM rag_workers WHERE heartbeat_at + lease < clock_timestamp()"))
      std::this_thread::yield();
    database.run(untold + "; COMMIT");
  }
  while (worker.counters().done == 0) std::this_thread::yield();
  CHECK(worker.counters().done == 1);
}
