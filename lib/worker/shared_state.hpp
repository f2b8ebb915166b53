#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "ragqueue/worker.hpp"
#include "worker/call_watch.hpp"
#include "worker/embedder_gate.hpp"
#include "worker/faults.hpp"
#include "worker/isolation.hpp"
#include "worker/outage_watch.hpp"
#include "worker/reports.hpp"
#include "worker/source_gate.hpp"
#include "worker/suspects.hpp"
#include "worker/vector_index_builder.hpp"
#include "worker/wake_descriptor.hpp"

namespace ragqueue {

/// What the consumers and the heartbeat of one worker know of each other: requests to stop, the lease, who is
/// idle, and counters.
class SharedState {
 public:
  using Clock = std::chrono::steady_clock;

  /// `call_interval`: after which a call that has not returned is told of, again and again.
  SharedState(Pipeline steps, WorkerOptions settings, Clock::duration call_interval = std::chrono::minutes(1),
              Reports observer = {})
      : pipeline(std::move(steps)),
        options(std::move(settings)),
        reports(std::move(observer)),
        calls(static_cast<std::size_t>(options.concurrency), call_interval) {}

  const Pipeline pipeline;
  const WorkerOptions options;
  const Reports reports;
  OutageWatch database_watch{OutageReport::Of::database, reports};
  OutageWatch embedder_watch{OutageReport::Of::embedder, reports};
  WakeDescriptor heartbeat_wake;
  Suspects suspects;
  Isolation isolation{options.log};
  Faults faults{options.log, database_watch};
  CallWatch calls;
  EmbedderGate embedder{*pipeline.embedder, options.log, [this] { embedder_changed(); }};
  SourceGate sources{options.log, [this] { heartbeat_wake.signal(); }};
  VectorIndexBuilder vector_index{options, [this] { wake_consumers(); }};

  /// Returns the consumer's number.
  std::size_t consumer_started();
  void stop();
  void abort();
  /// Every consumer looks at the queue again.
  void wake_consumers();
  /// One that waits does; with none waiting, the next that would.
  void wake_consumer();

  [[nodiscard]] bool stopping() const { return stopping_; }
  /// Requested when stopping begins.
  [[nodiscard]] std::stop_token stop_token() const;

  /// What a batch runs under.
  struct Lease {
    std::int64_t worker_id = 0;
    std::stop_token over;  ///< Requested when work in flight is to be given back.
  };
  [[nodiscard]] Lease lease() const;
  void renew_lease(std::int64_t worker_id, Clock::time_point lease_end);
  [[nodiscard]] bool lease_holds() const;
  /// Ours, which comes before the database's.
  [[nodiscard]] Clock::time_point lease_end() const;
  [[nodiscard]] std::int64_t worker_id() const { return lease().worker_id; }

  /// Ends the work in flight when that is asked for, or grace or lease is over, and tells of calls that do
  /// not return. Returns when all consumers have ended; or, when stopping, but for those whose extension
  /// point does not let them go: their numbers.
  std::set<std::size_t> watch_lease();
  void consumer_ended(std::size_t consumer);
  /// The server's process for a consumer's session, where that is its own.
  void note_session(std::size_t consumer, int backend);
  /// These consumers do not end: what their sessions have begun is to be rolled back.
  void leave_behind(const std::set<std::size_t>& consumers);
  [[nodiscard]] std::map<std::size_t, int> left_behind() const;

  void consumer_idle(bool idle);
  [[nodiscard]] bool any_consumer_idle() const { return idle_consumers_ > 0; }

  /// Returns after `pause`, or sooner when woken since `generation`, or when asked to stop.
  void wait(std::uint64_t generation, std::chrono::milliseconds pause);
  [[nodiscard]] std::uint64_t generation() const;
  /// Returns after `pause`, or when asked to stop.
  void sleep(std::chrono::milliseconds pause);

  void count(const BatchResult& result);
  [[nodiscard]] WorkerCounters counters() const;

  void log(LogLevel level, std::string message) const;

 private:
  void embedder_changed();
  /// Returns what is to be told of it.
  [[nodiscard]] std::stop_source begin_stopping();
  [[nodiscard]] bool only_stuck_run(Clock::time_point now) const;

  std::atomic<bool> stopping_{false}, aborting_{false};
  std::atomic<int> idle_consumers_{0};
  std::atomic<std::uint64_t> done_{0}, retried_{0}, failed_{0}, released_{0}, lost_{0};
  mutable std::mutex mutex_;
  std::condition_variable consumer_wake_;  ///< For wait(), which little else must disturb.
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::uint64_t generation_ = 0;
  Clock::time_point work_end_ = Clock::time_point::max();  ///< When stopping: of grace, or the abort.
  Clock::time_point grace_end_ = Clock::time_point::max(), lease_end_ = Clock::time_point::min();
  std::int64_t worker_id_ = 0;
  std::stop_source stop_requested_, lease_over_;
  std::size_t started_ = 0;
  std::set<std::size_t> running_;
  std::map<std::size_t, int> sessions_, left_behind_;
};

}  // namespace ragqueue
