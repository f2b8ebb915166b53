#include "ragqueue/retry.hpp"

#include <algorithm>
#include <cmath>

namespace ragqueue {

RetryDecision decide_retry(const RetryPolicy& policy, int failed_attempts, double jitter) {
  if (failed_attempts >= policy.max_attempts) return {};
  const double exponential = static_cast<double>(policy.base.count()) * std::exp2(failed_attempts - 1);
  const double spread = exponential * (0.5 + jitter);
  const double bounded = std::min(spread, static_cast<double>(policy.limit.count()));
  return {.retry = true, .delay = std::chrono::milliseconds(std::llround(bounded))};
}

}  // namespace ragqueue
