#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "ragqueue/request.hpp"

namespace ragqueue {

/// A request's place among those of its priority, in the order in which they are claimed.
struct Place {
  std::int64_t created;  ///< In microseconds since 2000-01-01 UTC, as PostgreSQL counts them.
  std::int64_t seq;
};

inline constexpr std::size_t priority_levels = max_priority - min_priority + 1;
using Places = std::array<Place, priority_levels>;

/// Where a claim may begin to look. Requests that were claimed leave dead entries in the index, which cannot
/// be cleared while an old snapshot is held somewhere in the database; so while claims come back full, each
/// begins where the one before it ended. What comes to wait again behind that, or was committed late, is
/// found by the next look at everything, which never costs more than a fiftieth of the time.
class LowWater {
 public:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool may_skip(Clock::time_point now) const { return full_ && now < next_look_; }
  [[nodiscard]] const Places& places() const { return places_; }

  /// A claim looked at everything.
  void looked(Clock::time_point begin, Clock::time_point end) {
    next_look_ = end + std::max<Clock::duration>(least_pause, 50 * (end - begin));
  }
  /// A claim ended here at this priority.
  void ended(int priority, Place place) {
    places_.at(static_cast<std::size_t>(priority - min_priority)) = place;
  }
  /// Whether the newest claim found as many as it wanted.
  void found_all(bool full) { full_ = full; }

 private:
  static constexpr std::chrono::milliseconds least_pause{200};

  static constexpr Places beginning() {
    Places places{};
    places.fill({.created = INT64_MIN, .seq = 0});  // -infinity
    return places;
  }

  Places places_ = beginning();
  Clock::time_point next_look_{};
  bool full_ = false;
};

}  // namespace ragqueue
