#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>

#include "helpdesk.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/worker.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Helpdesk;
using testing::ticket;

TEST_CASE_METHOD(Helpdesk, "start and stop are safe to call twice, and a stopped worker starts again") {
  WorkerOptions forever = options();
  forever.drain = false;
  Worker worker(pipeline, forever);
  worker.stop();
  worker.start();
  worker.start();
  CHECK(worker.running());
  CHECK(database.number("SELECT count(*) FROM rag_workers") == 1);
  worker.stop();
  worker.stop();
  CHECK_FALSE(worker.running());
  CHECK(database.number("SELECT count(*) FROM rag_workers") == 0);
  worker.start();
  CHECK(worker.running());
}

TEST_CASE_METHOD(Helpdesk, "a worker refuses to start on a schema that is missing, and says how to mend it") {
  WorkerOptions elsewhere = options();
  elsewhere.conninfo = testing::server().new_schema();
  Worker worker(pipeline, elsewhere);
  CHECK_THROWS_MATCHES(
      worker.start(), Error,
      Catch::Matchers::MessageMatches(Catch::Matchers::ContainsSubstring("rag_worker init")));
  CHECK_FALSE(worker.running());
}

TEST_CASE_METHOD(Helpdesk, "options out of range are refused by name") {
  WorkerOptions wrong = options();
  wrong.concurrency = 0;
  try {
    const Worker worker(pipeline, wrong);
    FAIL("accepted");
  } catch (const InvalidInput& error) {
    CHECK(error.field() == "concurrency");
  }
}

TEST_CASE_METHOD(Helpdesk, "an embedder that is down longer than all retries would last costs no attempt") {
  std::atomic<int> calls = 0;
  embedder->before_call = [&](auto) {
    if (++calls <= 5) throw Error(Fault::outage, "connection refused");
  };
  WorkerOptions one_consumer = options();
  one_consumer.concurrency = 1;
  for (unsigned number = 1; number <= 10; ++number) write(number, "t", "text");
  const WorkerCounters counters = drain(one_consumer);
  CHECK(counters.done == 10);
  CHECK(counters.failed + counters.retried == 0);
  CHECK(database.text("SELECT DISTINCT status || attempts FROM rag_index_queue") == "done0");
}

TEST_CASE_METHOD(
    Helpdesk,
    "while the embedder is down nobody claims, one consumer at a time asks it, and the database can say so",
    "[promise-8]") {
  std::atomic<bool> down = true;
  std::atomic<int> probing = 0;
  std::atomic<int> crowded = 0;
  std::atomic<int> probes = 0;
  embedder->before_call = [&](auto texts) {
    if (!down) return;
    if (texts.size() == 1 && texts.front() == "ping") {
      ++probes;
      if (++probing > 1) ++crowded;
      std::this_thread::yield();
      --probing;
    }
    throw Error(Fault::outage, "no route to host");
  };
  WorkerOptions four_consumers = options();
  four_consumers.concurrency = 4;
  four_consumers.batch = 2;
  for (unsigned number = 1; number <= 20; ++number) write(number, "t", "text");
  Worker worker(pipeline, four_consumers);
  worker.start();
  while (probes < 3) std::this_thread::yield();
  while (database.number("SELECT count(*) FROM rag_workers WHERE embedder_down_since IS NOT NULL") == 0)
    std::this_thread::yield();
  const auto workers = list_workers(database.get());
  REQUIRE(workers.size() == 1);
  REQUIRE(workers[0].embedder_outage);
  CHECK(workers[0].embedder_outage->answer == "no route to host");
  CHECK(workers[0].embedder_outage->seconds > 0);
  CHECK(database.text("SELECT DISTINCT status || attempts FROM rag_index_queue") == "pending0");
  down = false;
  worker.wait();
  CHECK(crowded == 0);
  CHECK(worker.counters().done == 20);
  CHECK(database.text("SELECT DISTINCT status || attempts FROM rag_index_queue") == "done0");
}

TEST_CASE_METHOD(
    Helpdesk,
    "a job at which the embedder goes down each time fails, and the others of its batch are indexed",
    "[promise-9]") {
  embedder->before_call = [](auto texts) {
    for (const std::string_view text : texts) {
      if (text.find("poison") != text.npos) throw Error(Fault::outage, "500 Internal Server Error");
    }
  };
  for (unsigned number = 1; number <= 9; ++number) write(number, "t", number == 5 ? "poison" : "text");
  WorkerOptions quick = options();
  quick.retry.max_attempts = 1;
  const WorkerCounters counters = drain(quick);
  CHECK(counters.done == 8);
  CHECK(counters.failed == 1);
  CHECK_THAT(last_error(5), Catch::Matchers::ContainsSubstring("500 Internal Server Error"));
  CHECK(database.number("SELECT sum(attempts) FROM rag_index_queue") == 1);
}

TEST_CASE_METHOD(Helpdesk,
                 "a worker whose embedder hangs stops at once when it is told to for the second time") {
  std::promise<void> entered;
  std::atomic<int> calls = 0;
  embedder->during_call = [&](const std::stop_token& stop) {
    if (calls++ == 0) entered.set_value();
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
    throw Error(Fault::outage, "stopped");
  };
  write(1, "Printer", "jam");
  WorkerOptions one_consumer = options();
  one_consumer.concurrency = 1;
  Worker worker(pipeline, one_consumer);
  worker.start();
  entered.get_future().wait();
  worker.request_stop();
  worker.request_abort();
  worker.wait();
  CHECK(worker.counters().released == 1);
  CHECK(statuses() == "pending");
}

TEST_CASE_METHOD(Helpdesk, "stopping finishes what is in flight; aborting gives it back unspent",
                 "[promise-12]") {
  std::promise<void> entered;
  std::latch go_on(1);
  std::atomic<int> calls = 0;
  embedder->before_call = [&](auto) {
    if (calls++ > 0) return;
    entered.set_value();
    go_on.wait();
  };
  // Two calls' worth of chunks, so that there is a moment between them.
  for (unsigned number = 1; number <= 16; ++number) write(number, "t" + std::to_string(number), "text");
  WorkerOptions one_batch = options();
  one_batch.drain = false;
  one_batch.concurrency = 1;
  one_batch.batch = 16;
  Worker worker(pipeline, one_batch);
  worker.start();
  entered.get_future().wait();
  SECTION("stop") {
    worker.request_stop();
    go_on.count_down();
    worker.wait();
    CHECK(worker.counters().done == 16);
  }
  SECTION("abort") {
    worker.request_stop();
    worker.request_abort();
    go_on.count_down();
    worker.wait();
    CHECK(worker.counters().released == 16);
    CHECK(database.text("SELECT DISTINCT status || attempts FROM rag_index_queue") == "pending0");
    CHECK(database.number("SELECT count(*) FROM rag_documents") == 0);
  }
}

TEST_CASE_METHOD(Helpdesk, "enqueue is as ever while the embedder is stuck") {
  std::promise<void> entered;
  std::latch go_on(1);
  std::atomic<int> calls = 0;
  embedder->before_call = [&](auto) {
    if (calls++ > 0) return;
    entered.set_value();
    go_on.wait();
  };
  write(1, "Printer", "jam");
  Worker worker(pipeline, options());
  worker.start();
  entered.get_future().wait();
  database.run("SET lock_timeout = '1ms'");  // to wait for the worker would be an error
  CHECK_NOTHROW(enqueue_index(database.get(), ticket(1)));
  go_on.count_down();
  worker.wait();
  CHECK(database.text("SELECT string_agg(status, ' ') FROM rag_index_queue") == "done done");
}

TEST_CASE_METHOD(Helpdesk, "when a worker is killed, another takes its jobs over, unspent", "[promise-12]") {
  write(1, "Printer", "jam");
  WorkerOptions quick = options();
  quick.heartbeat_interval = 100ms;
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    embedder->before_call = [&](auto) {
      (void)!::write(pipe_ends[1], "x", 1);
      pause();
    };
    Worker doomed(pipeline, quick);
    doomed.start();
    doomed.wait();
    _exit(0);
  }
  char byte = 0;
  REQUIRE(read(pipe_ends[0], &byte, 1) == 1);
  CHECK(statuses() == "running");
  REQUIRE(kill(child, SIGKILL) == 0);
  waitpid(child, nullptr, 0);
  CHECK(drain(quick).done == 1);
  CHECK(database.text("SELECT status || attempts || rescues FROM rag_index_queue") == "done01");
  for (const int end : pipe_ends) close(end);
}

TEST_CASE_METHOD(Helpdesk, "start and stop from several threads at once leave a worker that is stopped") {
  WorkerOptions forever = options();
  forever.drain = false;
  for (int round = 0; round < 20; ++round) {
    Worker worker(pipeline, forever);
    std::thread starting([&] { worker.start(); });
    worker.stop();
    starting.join();
    worker.stop();
    CHECK_FALSE(worker.running());
  }
}

TEST_CASE_METHOD(Helpdesk, "a worker whose lease was taken away gives its batch up", "[promise-5]") {
  std::atomic<int> calls = 0;
  embedder->before_call = [&](auto) {
    if (calls++ > 0) return;
    const Connection other = database.connect();
    pg::execute(other.get(), "DELETE FROM rag_workers");
    // It registers anew at its next heartbeat, and knows of it by the one after.
    const auto knows = [&] {
      return pg::execute(other.get(),
                         "SELECT EXISTS (SELECT FROM rag_workers WHERE heartbeat_at > started_at)")
          .get<bool>(0, 0);
    };
    while (!knows()) std::this_thread::yield();
  };
  for (unsigned number = 1; number <= 16; ++number) write(number, "t", "text");  // two calls
  WorkerOptions quick = options();
  quick.concurrency = 1;
  quick.batch = 16;
  quick.heartbeat_interval = 100ms;
  const WorkerCounters counters = drain(quick);
  CHECK(counters.released + counters.lost == 16);  // by whoever is faster, the consumer or the rescue
  CHECK(counters.done == 16);
  CHECK(database.text("SELECT DISTINCT status || attempts FROM rag_index_queue") == "done0");
}

TEST_CASE_METHOD(
    Helpdesk,
    "a fetcher that leaves a failed transaction on the consumer's connection does not end the consumer") {
  class UntidyFetcher final : public SourceFetcher {
   public:
    [[nodiscard]] std::vector<Document> fetch(pg_conn* connection, const Uuid& organization,
                                              std::string_view type,
                                              std::span<const Uuid> ids) const override {
      if (calls++ == 0) pg::execute_script(connection, "BEGIN; SELECT 1/0");
      return make_sql_source_fetcher(builtin_sources())->fetch(connection, organization, type, ids);
    }
    mutable std::atomic<int> calls = 0;
  };
  pipeline.sources = std::make_shared<UntidyFetcher>();
  write(1, "Printer", "jam");
  CHECK(drain().done == 1);
}

TEST_CASE_METHOD(Helpdesk, "a worker lives through a lost connection") {
  std::atomic<int> calls = 0;
  const Connection admin = database.connect();
  embedder->before_call = [&](auto) {
    if (calls++ > 0) return;
    pg::execute(admin.get(),
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ragqueue' "
                "AND pid <> pg_backend_pid() "
                "AND pid <> $1",
                pg::Params().add(std::int32_t{0}));
  };
  for (unsigned number = 1; number <= 5; ++number) write(number, "t", "text");
  WorkerOptions quick = options();
  quick.heartbeat_interval = 100ms;
  const std::string conninfo = database.conninfo();
  Worker worker(pipeline, quick);
  worker.start();
  worker.wait();
  const testing::Database after(conninfo);
  CHECK(after.text("SELECT string_agg(DISTINCT status || attempts, ' ') FROM rag_index_queue") == "done0");
  CHECK(after.number("SELECT count(*) FROM rag_documents") == 5);
}
