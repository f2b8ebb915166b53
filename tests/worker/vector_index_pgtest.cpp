#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "helpdesk.hpp"
#include "ragqueue/grants.hpp"
#include "ragqueue/vector_index.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Helpdesk;

namespace {

/// What a worker logs of its vector index.
class IndexLog {
 public:
  Log log() {
    return [this](const LogEntry& entry) {
      if (entry.message.find("vector index") == std::string::npos) return;
      const std::scoped_lock lock(mutex_);
      messages_.push_back(entry.message);
      told_.notify_all();
    };
  }
  std::string wait_for(std::string_view part) {
    std::unique_lock lock(mutex_);
    auto found = messages_.end();
    told_.wait(lock, [&] {
      found = std::ranges::find_if(messages_, [&](const auto& one) { return one.find(part) != one.npos; });
      return found != messages_.end();
    });
    return *found;
  }
  [[nodiscard]] std::size_t count() {
    const std::scoped_lock lock(mutex_);
    return messages_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<std::string> messages_;
};

}  // namespace

TEST_CASE_METHOD(Helpdesk, "a drain ends with the vector index, if there are enough chunks") {
  WorkerOptions few = options();
  few.vector_index_from = 20;
  few.concurrency = 3;
  for (unsigned number = 1; number < 20; ++number) write(number, "t", "text");
  CHECK(drain(few).done == 19);
  CHECK(vector_index(database.get(), 20) == VectorIndex::unneeded);
  write(20, "t", "text");
  CHECK(drain(few).done == 1);
  CHECK(vector_index(database.get(), 20) == VectorIndex::ready);
}

TEST_CASE_METHOD(Helpdesk, "an idle worker builds the vector index once it is due, and works on meanwhile") {
  IndexLog log;
  WorkerOptions forever = options();
  forever.drain = false;
  forever.concurrency = 1;
  forever.vector_index_from = 2;
  forever.heartbeat_interval = 100ms;
  forever.poll_interval = 10ms;
  forever.log = log.log();
  write(1, "t", "text");
  Worker worker(pipeline, forever);
  worker.start();
  while (worker.counters().done < 1) std::this_thread::yield();
  // The build waits for what is open.
  const Connection writer = database.connect();
  pg::execute_script(writer.get(), "BEGIN; UPDATE rag_chunks SET token_count = token_count");
  write(2, "t", "text");
  (void)log.wait_for("is being built");
  write(3, "t", "text");
  while (worker.counters().done < 3) std::this_thread::yield();
  CHECK(vector_index(database.get(), 2) != VectorIndex::ready);
  SECTION("until it stands") {
    pg::execute_script(writer.get(), "COMMIT");
    (void)log.wait_for("stands, after");
    CHECK(vector_index(database.get(), 2) == VectorIndex::ready);
  }
  SECTION("until it is told to stop") {
    worker.stop();
    CHECK(vector_index(database.get(), 2) != VectorIndex::ready);
  }
}

TEST_CASE_METHOD(Helpdesk, "a worker that does not own the tables says once who builds the vector index") {
  database.run("DO $$ BEGIN CREATE ROLE no_owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  database.run(grants(database.get(), "no_owner", Duty::work) + "; GRANT SELECT ON tickets TO no_owner");
  IndexLog log;
  WorkerOptions least = options();
  least.conninfo += " user=no_owner";
  least.vector_index_from = 1;
  least.log = log.log();
  write(1, "t", "text");
  CHECK(drain(least).done == 1);
  CHECK_THAT(log.wait_for("was not built"), Catch::Matchers::ContainsSubstring("rag_worker init"));
  CHECK(log.count() == 2);
  CHECK(vector_index(database.get(), 1) == VectorIndex::due);
}
