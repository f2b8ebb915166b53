#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace ragqueue {

/// Growing pauses with jitter between attempts to reach a server that is out; reset() once it answers.
class Backoff {
 public:
  [[nodiscard]] std::chrono::milliseconds next() {
    const auto pause =
        std::chrono::milliseconds(std::uniform_int_distribution<>(ceiling_ / 2, ceiling_)(random_));
    ceiling_ = std::min(ceiling_ * 2, last_ceiling);
    return pause;
  }
  void reset() { ceiling_ = first_ceiling; }

 private:
  static constexpr int first_ceiling = 250;    // ms
  static constexpr int last_ceiling = 30'000;  // ms
  int ceiling_ = first_ceiling;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace ragqueue
