#include "base/fault_report.hpp"

#include <algorithm>
#include <utility>

namespace ragqueue {

std::optional<FaultReport::Clock::duration> FaultReport::failed(Clock::time_point now) {
  if (!since_) {
    since_ = now;
    told_ = false;
    const bool is_calm = next_ == Clock::time_point::min() || now - next_ >= interval_;
    if (is_calm) interval_ = first_interval;
  }
  if (now < next_) return std::nullopt;
  told_ = true;
  next_ = now + interval_;
  interval_ = std::min(2 * interval_, last_interval);
  return now - *since_;
}

std::optional<FaultReport::Clock::duration> FaultReport::over(Clock::time_point now) {
  const auto since = std::exchange(since_, std::nullopt);
  if (!since || !told_) return std::nullopt;
  return now - *since;
}

}  // namespace ragqueue
