#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "ragqueue/worker.hpp"
#include "worker/reports.hpp"

namespace ragqueue {

/// Whether the database or the embedder is up, for Worker::state() and the observer. Thread-safe.
class OutageWatch {
 public:
  using Clock = std::chrono::steady_clock;

  OutageWatch(OutageReport::Of of, const Reports& reports) : of_(of), reports_(reports) {}

  void down(std::string_view reason);
  void up();
  [[nodiscard]] DependencyState state() const;

 private:
  const OutageReport::Of of_;
  const Reports& reports_;
  mutable std::mutex mutex_;
  bool up_ = true;
  Clock::time_point since_ = Clock::now();
  std::string reason_;
};

}  // namespace ragqueue
