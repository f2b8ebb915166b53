#include "worker/circuit_breaker.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "ragqueue/retry.hpp"

namespace ragqueue {

namespace {

constexpr RetryPolicy pauses{.max_attempts = std::numeric_limits<int>::max(),
                             .base = std::chrono::milliseconds(250),
                             .limit = std::chrono::milliseconds(30'000)};

}  // namespace

CircuitBreaker::Admission CircuitBreaker::admit(Clock::time_point now) {
  if (!outage_) return Admission::pass;
  if (probing_ || now < next_probe_) return Admission::wait;
  probing_ = true;
  return Admission::probe;
}

bool CircuitBreaker::failed(std::string answer, Clock::time_point now, double jitter,
                            Clock::duration retry_after) {
  const bool opened = !outage_;
  if (opened) {
    outage_ = Outage{.since = now, .answer = {}};
    failures_ = 0;
  }
  outage_->answer = std::move(answer);
  // Calls that were under way when it opened tell nothing new.
  if (opened || probing_) {
    ++failures_;
    next_probe_ = now + decide_retry(pauses, failures_, jitter).delay;
  }
  next_probe_ = std::max(next_probe_, now + retry_after);
  probing_ = false;
  return opened;
}

std::optional<CircuitBreaker::Outage> CircuitBreaker::succeeded() {
  probing_ = false;
  return std::exchange(outage_, std::nullopt);
}

}  // namespace ragqueue
