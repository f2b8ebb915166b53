#include "ragqueue/retry.hpp"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <vector>

using namespace std::chrono_literals;
using ragqueue::decide_retry;
using ragqueue::RetryDecision;
using ragqueue::RetryPolicy;

TEST_CASE("a failed attempt leads to another or to the end") {
  const RetryPolicy policy{.max_attempts = 5, .base = 10s, .limit = 60s};
  constexpr double mean = 0.5;
  struct Case {
    const char* name;
    int failed_attempts;
    double jitter;
    bool retry;
    std::chrono::milliseconds delay;
  };
  const std::vector<Case> cases = {
      {"the first pause is the base", 1, mean, true, 10s},
      {"the second is twice that", 2, mean, true, 20s},
      {"and twice again", 3, mean, true, 40s},
      {"but never over the limit", 4, mean, true, 60s},
      {"the last attempt ends it", 5, mean, false, 0s},
      {"more than all attempts, too", 6, mean, false, 0s},
      {"the least jitter takes half", 1, 0, true, 5s},
      {"the most adds half", 1, 0.9999, true, 14'999ms},
      {"jitter does not pass the limit", 4, 0.9999, true, 60s},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const RetryDecision decision = decide_retry(policy, c.failed_attempts, c.jitter);
    CHECK(decision.retry == c.retry);
    CHECK(decision.delay == c.delay);
  }
}

TEST_CASE("by default a job has three attempts") {
  CHECK(decide_retry({}, 2, 0.5).retry);
  CHECK_FALSE(decide_retry({}, 3, 0.5).retry);
}

TEST_CASE("a pause stays within the limit after any number of attempts") {
  constexpr RetryPolicy endless{.max_attempts = std::numeric_limits<int>::max()};
  CHECK(decide_retry(endless, 1'000'000, 0.5).delay == endless.limit);
}
