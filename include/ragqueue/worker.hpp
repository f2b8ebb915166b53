#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/log.hpp"
#include "ragqueue/observer.hpp"
#include "ragqueue/process.hpp"
#include "ragqueue/vector_index.hpp"

namespace ragqueue {

struct WorkerOptions {
  std::string conninfo{};  ///< As libpq takes it; empty for libpq's own environment.
  int concurrency = 1;     ///< Batches at once; each consumer is a thread with its own connection.
  int batch = 10;          ///< Jobs a claim.
  bool drain = false;      ///< Stop by itself when nothing is pending or running.
  std::chrono::milliseconds poll_interval{2'000};       ///< When nothing wakes an idle worker.
  std::chrono::milliseconds heartbeat_interval{2'000};  ///< The lease lasts two and a half of these.
  std::chrono::milliseconds grace{30'000};              ///< For work in flight, when asked to stop.
  std::chrono::milliseconds retention{std::chrono::hours(7 * 24)};  ///< After which done rows are purged.
  /// From so many chunks on a worker that owns the tables builds the vector index, once it has nothing else
  /// to do.
  std::int64_t vector_index_from = default_vector_index_from;
  RetryPolicy retry{};
  Log log{};
  WorkerObserver observer{};
};

/// Totals since start.
struct WorkerCounters {
  std::uint64_t done = 0;
  std::uint64_t retried = 0;
  std::uint64_t failed = 0;
  std::uint64_t released = 0;
  std::uint64_t lost = 0;
};

/// What a worker depends on, as it sees it.
struct DependencyState {
  bool up = true;
  double seconds = 0;    ///< Since it is up, or down; at most since the worker's start.
  std::string reason{};  ///< Why it is down: the last answer.
};

/// What one consumer is doing.
struct ConsumerState {
  std::string step{};  ///< Such as `waiting for jobs`, `claiming`, or the extension point that it is in.
  double seconds = 0;  ///< Since it began.
  std::optional<SourceKey> source{};  ///< The first of those that a call is for.
};

/// A worker seen from inside. It asks nobody: it answers at once, also when the database hangs.
struct WorkerState {
  bool running = false;
  bool lease_holds =
      false;  ///< Where not, another worker may take its jobs: the database was not reached in time.
  DependencyState database{};
  DependencyState embedder{};
  std::vector<ConsumerState> consumers{};
  std::size_t reports_dropped = 0;  ///< That the observer was too slow for, since the start.
};

/// Claims and processes until told to stop. All members are thread-safe.
class RAGQUEUE_EXPORT Worker {
 public:
  /// Throws InvalidInput for options out of range.
  Worker(Pipeline pipeline, WorkerOptions options);
  /// Stops as stop() does.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Checks schema and index, registers the worker and starts its consumers. Throws Error (outage, setup) and
  /// starts nothing then. A second call while running does nothing.
  void start();

  /// Claims no more; what is in flight may finish within the grace time. Returns at once. Nothing happens
  /// where none runs.
  void request_stop();
  /// Gives back at once, unspent, what is not stored yet. Returns at once.
  void request_abort();
  /// Waits until all consumers have ended, by request or because the queue is drained.
  void wait();
  /// request_stop() and wait(). A second call does nothing. Not from an extension point or the log: it would
  /// wait for itself.
  void stop();

  /// The same for a while. Returns whether they have.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds time);

  [[nodiscard]] bool running() const;
  [[nodiscard]] WorkerState state() const;
  /// For a liveness probe: false when it does not run, its lease is over, or a consumer has been in one call
  /// of an extension point for ten minutes. An embedder that is down makes no worker unhealthy: to start it
  /// again would help nobody.
  [[nodiscard]] bool healthy() const;
  [[nodiscard]] WorkerCounters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ragqueue
