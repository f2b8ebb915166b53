#include "worker/outage_watch.hpp"

#include <utility>

namespace ragqueue {

namespace {

double seconds_since(OutageWatch::Clock::time_point past) {
  return std::chrono::duration<double>(OutageWatch::Clock::now() - past).count();
}

}  // namespace

void OutageWatch::down(std::string_view reason) {
  {
    const std::scoped_lock lock(mutex_);
    reason_ = reason;
    if (!std::exchange(up_, false)) return;
    since_ = Clock::now();
  }
  reports_.outage({.of = of_, .begins = true, .reason = std::string(reason)});
}

void OutageWatch::up() {
  double lasted = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(up_, true)) return;
    lasted = seconds_since(std::exchange(since_, Clock::now()));
    reason_.clear();
  }
  reports_.outage({.of = of_, .begins = false, .seconds = lasted});
}

DependencyState OutageWatch::state() const {
  const std::scoped_lock lock(mutex_);
  return {.up = up_, .seconds = seconds_since(since_), .reason = reason_};
}

}  // namespace ragqueue
