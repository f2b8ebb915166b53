#pragma once

#include <chrono>
#include <optional>

namespace ragqueue {

/// When a fault that comes again and again is told: at once, then ever rarer, and when it is over. One that
/// is back soon goes on where it was left. Pure: callers pass the time. Not thread-safe.
class FaultReport {
 public:
  using Clock = std::chrono::steady_clock;

  /// How long it has lasted, if it is to be told now.
  std::optional<Clock::duration> failed(Clock::time_point now);
  /// How long it lasted, if there was one and its beginning was told.
  std::optional<Clock::duration> over(Clock::time_point now);

 private:
  static constexpr Clock::duration first_interval = std::chrono::seconds(15);
  static constexpr Clock::duration last_interval = std::chrono::minutes(10);

  std::optional<Clock::time_point> since_;
  bool told_ = false;
  Clock::duration interval_ = first_interval;
  Clock::time_point next_ = Clock::time_point::min();
};

}  // namespace ragqueue
