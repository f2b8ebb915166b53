#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>
#include <future>
#include <memory>
#include <stop_token>
#include <thread>
#include <utility>

#include "helpdesk.hpp"
#include "ragqueue/enqueue.hpp"
#include "worker/heartbeat.hpp"
#include "worker/shared_state.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Helpdesk;

namespace {

void wait_for_lock_waiter(const testing::Database& database) {
  while (database.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                         "application_name = 'ragqueue'") == 0)
    std::this_thread::yield();
}

/// Reads as `inner` does, and tells of each reading that met a lock for too long.
class LockedOut final : public SourceFetcher {
 public:
  LockedOut(std::shared_ptr<const SourceFetcher> inner, std::function<void()> on_timeout)
      : inner_(std::move(inner)), on_timeout_(std::move(on_timeout)) {}

  [[nodiscard]] std::vector<Document> fetch(pg_conn* connection, const Uuid& organization_id,
                                            std::string_view source_type,
                                            std::span<const Uuid> source_ids) const override {
    try {
      return inner_->fetch(connection, organization_id, source_type, source_ids);
    } catch (const Error& error) {
      if (error.sqlstate() == "55P03") on_timeout_();
      throw;
    }
  }

 private:
  std::shared_ptr<const SourceFetcher> inner_;
  std::function<void()> on_timeout_;
};

}  // namespace

TEST_CASE_METHOD(
    Helpdesk,
    "a consumer that the database keeps waiting is interrupted by the second request to stop, unspent",
    "[shutdown][promise-12]") {
  const std::string table = GENERATE("tickets", "rag_documents", "rag_index_queue");
  CAPTURE(table);
  const bool is_queue = table == "rag_index_queue";
  const testing::Database holder(database.conninfo());
  WorkerOptions patient = options();
  patient.drain = false;
  patient.concurrency = 1;
  Worker worker(pipeline, patient);
  if (is_queue) {
    enqueue_index(database.get(), testing::ticket(1));
    holder.run("BEGIN; LOCK TABLE rag_index_queue IN SHARE ROW EXCLUSIVE MODE");
    worker.start();
  } else {
    worker.start();
    holder.run("BEGIN; LOCK TABLE " + table);
    enqueue_index(database.get(), testing::ticket(1));
  }
  wait_for_lock_waiter(database);
  worker.request_stop();
  CHECK(worker.running());
  worker.request_abort();
  if (is_queue) {
    // The claim is interrupted; only the giving up of the lease still needs the queue.
    while (holder.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query "
                         "LIKE '%rag_claim(%'") > 0)
      std::this_thread::yield();
    holder.run("COMMIT");
  }
  worker.wait();
  CHECK(worker.counters().retried + worker.counters().failed + worker.counters().done == 0);
  CHECK(database.text("SELECT status || attempts FROM rag_index_queue") == "pending0");
  CHECK(database.number("SELECT count(*) FROM rag_workers") == 0);
}

TEST_CASE_METHOD(Helpdesk,
                 "a consumer that the database keeps waiting is interrupted when the grace time is over",
                 "[shutdown][promise-12]") {
  write(1, "Printer", "jam");
  const testing::Database holder(database.conninfo());
  holder.run("BEGIN; LOCK TABLE tickets");
  WorkerOptions brief = options();
  brief.drain = false;
  brief.grace = 1ms;
  // Longer than the test may take: our own time limit is not to end the wait.
  brief.conninfo +=
      " options='-c lock_timeout=1h -c search_path=" + database.text("SELECT current_schema()") + ",public'";
  Worker worker(pipeline, brief);
  worker.start();
  wait_for_lock_waiter(database);
  worker.stop();
  CHECK(worker.counters().released == 1);
  CHECK(database.text("SELECT status || attempts FROM rag_index_queue") == "pending0");
}

TEST_CASE_METHOD(Helpdesk, "a table that is locked for longer than we wait costs no attempt",
                 "[shutdown][promise-12]") {
  // A shorter wait than our own is the user's choice, and stands.
  write(1, "Printer", "jam");
  const testing::Database holder(database.conninfo());
  holder.run("BEGIN; LOCK TABLE tickets");
  int timeouts = 0;
  pipeline.sources = std::make_shared<LockedOut>(pipeline.sources, [&] {
    if (++timeouts == 4) holder.run("ROLLBACK");  // one more than a job has attempts
  });
  WorkerOptions hasty = options();
  hasty.concurrency = 1;
  hasty.conninfo +=
      " options='-c lock_timeout=20ms -c search_path=" + database.text("SELECT current_schema()") +
      ",public'";
  CHECK(drain(hasty).done == 1);
  CHECK(timeouts == 4);
  CHECK(database.text("SELECT status || attempts FROM rag_index_queue") == "done0");
}

TEST_CASE_METHOD(Helpdesk, "a worker that cannot reach the database for as long as its lease stops its work",
                 "[lease][promise-5][promise-12]") {
  SharedState state(pipeline, options());
  state.renew_lease(1, SharedState::Clock::now() + 10ms);
  const std::size_t consumer = state.consumer_started();
  std::promise<void> over;
  const std::stop_callback work(state.lease().over, [&] { over.set_value(); });
  std::thread watch([&] { (void)state.watch_lease(); });
  CHECK(over.get_future().wait_for(60s) == std::future_status::ready);
  CHECK_FALSE(state.lease_holds());
  state.consumer_ended(consumer);
  watch.join();
}

TEST_CASE_METHOD(Helpdesk, "a worker's own view of its lease ends before the database's",
                 "[lease][promise-5][promise-12]") {
  WorkerOptions settings = options();
  settings.heartbeat_interval = 50ms;
  SharedState state(pipeline, settings);
  Heartbeat heartbeat(state, database.connect());
  std::atomic<bool> ended = false;
  std::thread keeping([&] { heartbeat.run(ended); });
  const auto microseconds = [](auto duration) {
    return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  };
  auto last = state.lease_end();
  for (int renewals = 0; renewals < 3;) {
    // The two clocks of this machine, and the database's, which runs on it too.
    const auto offset = microseconds(std::chrono::system_clock::now().time_since_epoch()) -
                        microseconds(SharedState::Clock::now().time_since_epoch());
    const auto own = state.lease_end();
    const auto own_end = microseconds(own.time_since_epoch()) + offset;
    if (std::exchange(last, own) != own) ++renewals;
    const auto end =
        database.number("SELECT extract(epoch FROM heartbeat_at + lease) * 1000000 FROM rag_workers");
    CHECK(own_end <= end);
  }
  ended = true;
  state.heartbeat_wake.signal();
  keeping.join();
}
