#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include "queue/enqueue_group.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/group_enqueuer.hpp"
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

constexpr const char* enqueuers =
    "FROM pg_stat_activity WHERE application_name = 'group_enqueuer' AND pid <> pg_backend_pid()";

struct Enqueues {
  Database database{testing::WordEmbedder{}};

  [[nodiscard]] GroupEnqueuerOptions options() const {
    return {.conninfo = database.conninfo() + " application_name=group_enqueuer"};
  }
  [[nodiscard]] std::int64_t rows() const { return database.number("SELECT count(*) FROM rag_index_queue"); }
  void wait_until(const std::string& condition) const {
    while (database.text("SELECT " + condition) != "true") std::this_thread::yield();
  }
  void terminate() const {
    database.run(std::string("SELECT pg_terminate_backend(pid, 10000) ") + enqueuers);
  }
};

}  // namespace

TEST_CASE_METHOD(Enqueues, "requests of many threads are committed under the ids that their futures give",
                 "[group]") {
  constexpr unsigned threads = 8, each = 500;
  std::set<Uuid> ids;
  {
    GroupEnqueuer enqueuer(options());
    std::vector<std::vector<std::future<Uuid>>> futures(threads);
    std::vector<std::thread> callers;
    for (unsigned caller = 0; caller < threads; ++caller) {
      callers.emplace_back([&, caller] {
        for (unsigned number = 0; number < each; ++number)
          futures[caller].push_back(enqueuer.enqueue(ticket(caller * each + number)));
      });
    }
    for (std::thread& caller : callers) caller.join();
    enqueuer.flush();
    CHECK(rows() == threads * each);
    for (auto& own : futures)
      for (auto& future : own) ids.insert(future.get());
  }
  CHECK(ids.size() == threads * each);
  CHECK(ids.contains(Uuid::parse(database.text("SELECT id FROM rag_index_queue LIMIT 1"))));
}

TEST_CASE_METHOD(Enqueues, "requests of one thread keep their order", "[group]") {
  GroupEnqueuer enqueuer(options());
  std::vector<std::future<Uuid>> futures;
  for (unsigned number = 0; number < 3'000; ++number) futures.push_back(enqueuer.enqueue(ticket(number)));
  enqueuer.stop();
  CHECK(
      database.text("SELECT bool_and(source_id::text > before) FROM (SELECT source_id, "
                    "lag(source_id::text, 1, '') OVER (ORDER BY seq) AS before FROM rag_index_queue) AS o") ==
      "true");
}

TEST_CASE_METHOD(Enqueues, "a wrong request is refused at once, and spoils no other", "[group]") {
  GroupEnqueuer enqueuer(options());
  std::future<Uuid> before = enqueuer.enqueue(ticket(1));
  CHECK_THROWS_AS(enqueuer.enqueue(ticket(2, Action::upsert, 101)), InvalidInput);
  std::future<Uuid> after = enqueuer.enqueue(ticket(3));
  CHECK_NOTHROW(before.get());
  CHECK_NOTHROW(after.get());
  CHECK(rows() == 2);
}

TEST_CASE_METHOD(Enqueues, "one that the database refuses fails alone", "[group]") {
  database.run("ALTER TABLE rag_index_queue ADD CHECK (priority <> 13)");
  // A lock holds the first request up until the rest wait together.
  const Connection holder = database.connect();
  pg::execute_script(holder.get(), "BEGIN; LOCK TABLE rag_index_queue IN SHARE MODE");
  GroupEnqueuer enqueuer(options());
  std::vector<std::future<Uuid>> futures;
  for (unsigned number = 0; number < 5; ++number)
    futures.push_back(enqueuer.enqueue(ticket(number, Action::upsert, number == 3 ? 13 : 5)));
  pg::execute_script(holder.get(), "COMMIT");
  enqueuer.flush();
  for (unsigned number = 0; number < 5; ++number) {
    if (number == 3) {
      CHECK_THROWS_AS(futures[number].get(), Error);
    } else {
      CHECK_NOTHROW(futures[number].get());
    }
  }
  CHECK(rows() == 4);
}

TEST_CASE_METHOD(Enqueues, "a full enqueuer makes its callers wait", "[group]") {
  const Connection holder = database.connect();
  pg::execute_script(holder.get(), "BEGIN; LOCK TABLE rag_index_queue IN SHARE MODE");
  GroupEnqueuerOptions small = options();
  small.capacity = 2;
  GroupEnqueuer enqueuer(small);
  std::vector<std::future<Uuid>> futures;
  futures.push_back(enqueuer.enqueue(ticket(1)));
  futures.push_back(enqueuer.enqueue(ticket(2)));
  std::atomic<bool> returned = false;
  std::thread third([&] {
    futures.push_back(enqueuer.enqueue(ticket(3)));
    returned = true;
  });
  wait_until(std::string("EXISTS (SELECT ") + enqueuers + " AND wait_event_type = 'Lock')");
  CHECK_FALSE(returned);
  pg::execute_script(holder.get(), "COMMIT");
  third.join();
  enqueuer.stop();
  CHECK(rows() == 3);
}

TEST_CASE_METHOD(Enqueues, "connections killed while threads enqueue lose nothing and double nothing",
                 "[group]") {
  constexpr unsigned count = 5'000;
  GroupEnqueuerOptions small = options();
  small.group = 50;
  GroupEnqueuer enqueuer(small);
  std::vector<std::future<Uuid>> futures;
  std::thread caller([&] {
    for (unsigned number = 0; number < count; ++number) futures.push_back(enqueuer.enqueue(ticket(number)));
  });
  for (int kill = 0; kill < 3; ++kill) {
    wait_until(std::string("EXISTS (SELECT ") + enqueuers +
               ") OR (SELECT count(*) FROM rag_index_queue) = " + std::to_string(count));
    terminate();
  }
  caller.join();
  enqueuer.flush();
  for (std::future<Uuid>& future : futures) CHECK_NOTHROW(future.get());
  CHECK(rows() == count);
  CHECK(database.number("SELECT count(DISTINCT source_id) FROM rag_index_queue") == count);
}

TEST_CASE_METHOD(Enqueues, "a commit whose answer is lost is neither lost nor done twice", "[group]") {
  // A commit that waits for a standby is done on this server, and not answered yet.
  database.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  database.run("SELECT pg_reload_conf()");
  wait_until("current_setting('synchronous_standby_names') = 'nobody'");
  GroupEnqueuerOptions synchronous = options();
  synchronous.conninfo +=
      " options='-c synchronous_commit=on -c search_path=" + database.text("SELECT current_schema()") +
      ",public'";
  GroupEnqueuer enqueuer(synchronous);
  std::future<Uuid> future = enqueuer.enqueue(ticket(1));
  wait_until(std::string("EXISTS (SELECT ") + enqueuers + " AND wait_event = 'SyncRep')");
  terminate();
  database.run("ALTER SYSTEM RESET synchronous_standby_names");
  database.run("SELECT pg_reload_conf()");
  const Uuid id = future.get();
  CHECK(rows() == 1);
  CHECK(database.text("SELECT id FROM rag_index_queue") == id.to_string());
}

TEST_CASE_METHOD(Enqueues, "a group that is sent again adds nothing, whether its jobs wait, run or are done",
                 "[group][promise-3]") {
  const std::vector<pg::IdentifiedRequest> group{{.id = uuid(1001), .request = ticket(1, Action::remove)},
                                                 {.id = uuid(1002), .request = ticket(2)},
                                                 {.id = uuid(1003), .request = ticket(3)}};
  pg::enqueue_group(database.get(), group, pg::Sending::first);
  Queue queue(database.get());
  const std::vector<Job> jobs = queue.claim(register_worker(database.get(), "here", 1, 60s), 2);
  queue.complete(std::span(jobs).first(1));
  pg::enqueue_group(database.get(), group, pg::Sending::again);
  CHECK(database.text("SELECT string_agg(status, ' ' ORDER BY seq) FROM rag_index_queue") ==
        "done running pending");
}

TEST_CASE("stop gives up on a server that is out when the grace is over, and takes no more", "[group]") {
  GroupEnqueuer enqueuer({.conninfo = "host=/nowhere", .grace = 0ms});
  std::future<Uuid> future = enqueuer.enqueue(ticket(1));
  enqueuer.stop();
  enqueuer.stop();
  try {
    (void)future.get();
    FAIL("committed");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::outage);
  }
  CHECK_THROWS_AS(enqueuer.enqueue(ticket(2)), Error);
}

TEST_CASE("options out of range name their field", "[group]") {
  CHECK_THROWS_AS(GroupEnqueuer({.capacity = 0}), InvalidInput);
  CHECK_THROWS_AS(GroupEnqueuer({.group = 0}), InvalidInput);
  CHECK_THROWS_AS(GroupEnqueuer({.grace = -1ms}), InvalidInput);
}
