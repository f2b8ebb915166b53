#pragma once

#include <chrono>

#include "ragqueue/export.hpp"

namespace ragqueue {

/// When a job that failed is tried again.
struct RetryPolicy {
  int max_attempts = 3;                          ///< The attempt that fails last makes the job `failed`.
  std::chrono::milliseconds base{10'000};        ///< Mean pause after the first failure; doubles each time.
  std::chrono::milliseconds limit{15 * 60'000};  ///< No pause is longer.
};

/// What becomes of a job after a failed attempt.
struct RetryDecision {
  bool retry = false;               ///< false: the job is `failed`.
  std::chrono::milliseconds delay;  ///< Until the next attempt; zero when there is none.
};

/// Decides without clock or I/O. `failed_attempts` counts the one that just failed; `jitter` is uniform in
/// [0, 1) and spreads the pause over half to one and a half of the exponential value.
[[nodiscard]] RAGQUEUE_EXPORT RetryDecision decide_retry(const RetryPolicy& policy, int failed_attempts,
                                                         double jitter);

}  // namespace ragqueue
