#pragma once

#include <memory>
#include <optional>
#include <span>

#include "ragqueue/observer.hpp"
#include "ragqueue/process.hpp"
#include "worker/host_queue.hpp"

namespace ragqueue {

/// Between a worker and its observer; see HostQueue. Copies may outlive the worker, and tell nothing then.
/// Thread-safe.
class Reports {
 public:
  Reports() = default;  ///< To nobody.

  void job(const JobReport& report) const;
  void batch(const BatchReport& report) const;
  void outage(const OutageReport& report) const;
  [[nodiscard]] bool wants_jobs() const { return observer_ != nullptr && observer_->job != nullptr; }
  [[nodiscard]] std::size_t dropped() const { return drops_ ? drops_() : 0; }

 private:
  friend class ReportQueue;
  std::shared_ptr<const WorkerObserver> observer_{};
  std::function<void(HostQueue::Call)> push_{};
  std::function<std::size_t()> drops_{};
};

/// Owns the observer's thread.
class ReportQueue {
 public:
  explicit ReportQueue(const WorkerObserver& observer);
  [[nodiscard]] const Reports& reports() const { return reports_; }

 private:
  std::optional<HostQueue> queue_{};
  Reports reports_{};
};

}  // namespace ragqueue
