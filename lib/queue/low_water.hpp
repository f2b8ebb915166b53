#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include "ragqueue/request.hpp"

namespace ragqueue {

/// A request's place among those of its priority, in the order in which they are claimed.
struct Place {
  std::int64_t created = std::numeric_limits<std::int64_t>::min();  ///< Microseconds since 2000-01-01 UTC;
                                                                    ///< at first -infinity.
  std::int64_t seq = 0;
};

/// Priorities from `high` down to `low`, and where to begin among them; that is the beginning but where they
/// are one.
struct Reach {
  int high, low;
  Place from{};
};

/// Where a claim may begin to look. Requests that were claimed leave dead entries in the index, which cannot
/// be cleared while an old snapshot is held somewhere in the database; so while claims come back full, each
/// begins where the one before it ended. What comes to wait again behind that, or was committed late, is
/// found by the next look at everything, which never costs more than a fiftieth of the time.
class LowWater {
 public:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool may_skip(Clock::time_point now) const { return full_ && now < next_look_; }

  /// All priorities, highest first.
  [[nodiscard]] std::vector<Reach> reaches() const {
    std::vector<Reach> reaches;
    int high = max_priority;
    const auto add_above = [&](int priority) {
      if (high > priority) reaches.push_back({.high = high, .low = priority + 1});
      high = priority - 1;
    };
    for (const auto& [priority, place] : places_) {
      add_above(priority);
      reaches.push_back({.high = priority, .low = priority, .from = place});
    }
    add_above(min_priority - 1);
    return reaches;
  }

  /// A claim looked at everything.
  void looked(Clock::time_point begin, Clock::time_point end) {
    next_look_ = end + std::max<Clock::duration>(least_pause, 50 * (end - begin));
  }
  /// The next claim looks at everything.
  void look_now() { next_look_ = {}; }
  /// A claim ended here at this priority.
  void ended(int priority, Place place) { places_[priority] = place; }
  /// Whether the newest claim found as many as it wanted.
  void found_all(bool full) { full_ = full; }

 private:
  static constexpr std::chrono::milliseconds least_pause{200};

  std::map<int, Place, std::greater<>> places_;
  Clock::time_point next_look_{};
  bool full_ = false;
};

}  // namespace ragqueue
