#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "ragqueue/worker.hpp"

namespace ragqueue {

/// Has the vector index built once a first load is through: when a consumer has nothing to do, and there are
/// enough chunks. A thread and connections of its own build it, while the consumers go on. Thread-safe.
class VectorIndexBuilder {
 public:
  /// `ended` is called when a build has ended, however.
  VectorIndexBuilder(const WorkerOptions& options, std::function<void()> ended)
      : options_(options), ended_(std::move(ended)) {}

  /// Starts the build if it is due; until `stop`. `done` counts the jobs that are done: but for a drain,
  /// which asks when all are, nothing is looked at again until there are more. Throws Error.
  void look(pg_conn* connection, std::uint64_t done, const std::stop_token& stop);
  [[nodiscard]] bool busy() const { return busy_; }
  /// Returns when no build runs any more. Not beside look().
  void wait();

 private:
  using Clock = std::chrono::steady_clock;

  void build(const std::stop_token& stop);
  void log(LogLevel level, std::string message) const;

  const WorkerOptions& options_;
  const std::function<void()> ended_;
  std::atomic<bool> busy_{false};
  std::mutex mutex_;
  // Guarded by mutex_.
  bool settled_ = false;  ///< It stands, or is not ours to build.
  std::optional<std::uint64_t> seen_{};
  Clock::time_point next_look_ = Clock::time_point::min();
  std::jthread thread_;
};

}  // namespace ragqueue
