#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

namespace ragqueue {

/// How much longer a call takes for more work: the slope of a line through what calls took (least squares),
/// newer ones weighing more. What a call takes by itself, and what it waits for others, moves the line and
/// not its slope. Thread-safe.
class ServiceTime {
 public:
  void answered(double work, std::chrono::duration<double> took);
  /// The most work of a call behind which a question does not wait long; infinite where none is too much.
  [[nodiscard]] double most_work() const;

 private:
  [[nodiscard]] double seconds_per_work() const;

  mutable std::mutex mutex_;
  // Guarded by mutex_. Means, smoothed.
  std::size_t answers_ = 0;
  double work_ = 0, seconds_ = 0, work_squared_ = 0, product_ = 0;
};

}  // namespace ragqueue
