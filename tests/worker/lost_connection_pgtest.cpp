// What becomes of a batch whose connection is lost while the embedder works on it.

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "helpdesk.hpp"
#include "support/cutting_proxy.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::CuttingProxy;
using testing::Helpdesk;
using Moment = testing::CuttingProxy::Moment;

namespace {

/// Five tickets, an embedder whose texts are counted, and a disturbance during its first call.
struct Disturbed : Helpdesk {
  std::function<void(const testing::Database&)> disturb;

  Disturbed() {
    for (unsigned number = 1; number <= 5; ++number) write(number, "t" + std::to_string(number), "text");
    embedder->before_call = [this](auto texts) {
      const std::scoped_lock lock(mutex_);
      for (const std::string_view text : texts) texts_.emplace(text);
      if (std::exchange(disturbed_, true)) return;
      disturb(testing::Database(database.conninfo() + " application_name=other"));
    };
  }

  [[nodiscard]] std::size_t texts() const { return texts_.size(); }
  [[nodiscard]] std::size_t different_texts() const {
    return std::set<std::string>(texts_.begin(), texts_.end()).size();
  }
  [[nodiscard]] std::string states() const {
    return testing::Database(database.conninfo())
        .text("SELECT string_agg(DISTINCT status || attempts || rescues, ' ') FROM rag_index_queue");
  }

 private:
  std::mutex mutex_;
  bool disturbed_ = false;
  std::multiset<std::string> texts_;
};

constexpr const char* end_sessions =
    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name = 'ragqueue'";

}  // namespace

TEST_CASE_METHOD(Disturbed, "a connection that is lost while the embedder works costs no vector",
                 "[lost][promise-14]") {
  disturb = [](const testing::Database& other) { other.run(end_sessions); };
  const WorkerCounters counters = drain();
  CHECK(counters.done == 5);
  CHECK(counters.released + counters.lost + counters.retried + counters.failed == 0);
  CHECK(texts() == 5);
  CHECK(states() == "done00");
}

TEST_CASE_METHOD(Disturbed, "a second loss, at the COMMIT that stores them, costs no vector either",
                 "[lost][promise-14]") {
  CuttingProxy proxy(database.conninfo());
  const Moment moment = GENERATE(Moment::before, Moment::after);
  disturb = [&](const testing::Database& other) {
    other.run(end_sessions);
    proxy.cut_commit_of("/* ragqueue:complete */", moment);
  };
  WorkerOptions through_proxy = options();
  through_proxy.conninfo = proxy.conninfo();
  const WorkerCounters counters = drain(through_proxy);
  CHECK(proxy.cuts() == 1);
  CHECK(counters.done == 5);
  CHECK(counters.released + counters.lost + counters.retried + counters.failed == 0);
  CHECK(texts() == 5);
  CHECK(states() == "done00");
}

TEST_CASE_METHOD(Disturbed, "where a claim was taken over meanwhile, its vectors alone are not stored",
                 "[lost][promise-14]") {
  disturb = [](const testing::Database& other) {
    other.run(end_sessions);
    other.run(
        "UPDATE rag_index_queue SET status = 'pending', token = NULL, worker_id = NULL WHERE source_id = '" +
        testing::uuid(3).to_string() + "'");
  };
  const WorkerCounters counters = drain();
  CHECK(counters.done == 5);
  CHECK(counters.lost == 1);
  CHECK(texts() == 6);
  CHECK(different_texts() == 5);
}

TEST_CASE_METHOD(Disturbed, "the server's limits for idle sessions do not end ours", "[lost][promise-14]") {
  const std::string limit = GENERATE("idle_session_timeout", "idle_in_transaction_session_timeout");
  const testing::Database admin(database.conninfo());
  const std::string database_name = admin.text("SELECT quote_ident(current_database())");
  admin.run("ALTER DATABASE " + database_name + " SET " + limit + " = '50ms'");
  disturb = [](const testing::Database& other) {
    other.run("SET idle_session_timeout = 0; SELECT pg_sleep(0.2)");
  };
  std::mutex mutex;
  std::string warnings;
  WorkerOptions logged = options();
  logged.log = [&](const LogEntry& entry) {
    const std::scoped_lock lock(mutex);
    if (entry.level != LogLevel::info) warnings += entry.message + '\n';
  };
  const WorkerCounters counters = drain(logged);
  const testing::Database reset(database.conninfo());
  reset.run("ALTER DATABASE " + database_name + " RESET " + limit);
  CHECK(counters.done == 5);
  CHECK(texts() == 5);
  CHECK(warnings.empty());
}
