#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace ragqueue {

/// A request's place in the order of claims; at first before all others.
struct QueuePosition {
  std::int32_t rank = std::numeric_limits<std::int32_t>::min();     ///< Its priority's, the highest first.
  std::int64_t created = std::numeric_limits<std::int64_t>::min();  ///< Microseconds since 2000-01-01 UTC.
  std::int64_t seq = std::numeric_limits<std::int64_t>::min();
};

/// Where a claim begins to look. Requests that were claimed leave dead entries in the index, which cannot
/// be cleared while an old snapshot is held somewhere in the database; so while claims come back full, each
/// begins where the one before it ended. What comes to wait before that, or was committed late, is found by
/// the next look at everything, which never costs more than a fiftieth of the time.
class ClaimCursor {
 public:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool may_skip(Clock::time_point now) const { return full_ && now < next_look_; }
  [[nodiscard]] const QueuePosition& position() const { return position_; }

  /// A claim looked at everything.
  void looked(Clock::time_point begin, Clock::time_point end) {
    next_look_ = end + std::max<Clock::duration>(least_pause, 50 * (end - begin));
  }
  /// The next claim looks at everything.
  void look_now() { next_look_ = {}; }
  /// The newest claim's last request.
  void ended(const QueuePosition& position) { position_ = position; }
  /// Whether the newest claim found as many as it wanted.
  void found_all(bool full) { full_ = full; }

 private:
  static constexpr std::chrono::milliseconds least_pause{200};

  QueuePosition position_;
  Clock::time_point next_look_{};
  bool full_ = false;
};

}  // namespace ragqueue
