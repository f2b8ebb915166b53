#include "embed/http/http_call_timeout.hpp"

#include <algorithm>
#include <cmath>

namespace ragqueue {

namespace {

constexpr std::size_t enough_answers = 8;  // to know how long a call takes
constexpr double shortest_seconds = 2;     // a server may pause, and calls queue in it
constexpr double margin = 4;               // as calls get more at once, each takes longer
constexpr int most_doublings = 5;

double seconds(CallTimeout::Milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void CallTimeout::answered(double work, std::chrono::duration<double> took) {
  const std::lock_guard lock(mutex_);
  given_up_ = 0;
  misses_ = std::max(misses_ / 2, 1.0);
  if (answers_++ == 0) {
    work_ = work;
    seconds_ = took.count();
    deviation_ = seconds_ / 2;
    return;
  }
  deviation_ += (std::abs(took.count() - seconds_) - deviation_) / 4;
  seconds_ += (took.count() - seconds_) / 8;
  work_ += (work - work_) / 8;
}

void CallTimeout::missed() {
  const std::lock_guard lock(mutex_);
  misses_ = std::min(2 * misses_, 64.0);
}

void CallTimeout::gave_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = std::min(given_up_ + 1, most_doublings);
}

CallTimeout::Milliseconds CallTimeout::of(double work) const {
  const std::lock_guard lock(mutex_);
  const double longest = seconds(longest_);
  if (answers_ < enough_answers || given_up_ > 0) return longest_ * (1 << given_up_);
  const double expected = (seconds_ + deviation_) * std::max(work / work_, 1.0);
  const double wait = std::clamp(margin * expected * misses_, std::min(shortest_seconds, longest), longest);
  return Milliseconds(std::llround(wait * 1000));
}

CallTimeout::Milliseconds CallTimeout::of_probe() const {
  const std::lock_guard lock(mutex_);
  return longest_ * (1 << given_up_);
}

}  // namespace ragqueue
