#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>

namespace ragqueue::testing {

/// What a server can do at once. Calls queue for a slot in the order in which they came; one that is given
/// back while others wait is the next one's at once, however long that one's thread takes to wake.
/// Thread-safe.
class Slots {
 public:
  using Clock = std::chrono::steady_clock;

  struct Use {
    std::optional<Clock::time_point> last_release{};
    std::chrono::nanoseconds all_busy{};
    std::chrono::nanoseconds slot_time{};
  };

  /// `max_queue` calls may wait; none waits when it is 0.
  Slots(std::size_t count, std::optional<std::size_t> max_queue);

  enum class Outcome { taken, queue_full, stopped };
  [[nodiscard]] Outcome take(const std::stop_token& stop);
  void give_back();
  [[nodiscard]] Use use() const;

 private:
  void account();
  [[nodiscard]] std::size_t free() const { return count_ - taken_; }

  const std::size_t count_;
  const std::optional<std::size_t> max_queue_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::uint64_t> queue_;
  std::set<std::uint64_t> handed_over_;
  std::uint64_t next_ticket_ = 0;
  std::size_t taken_ = 0;
  Clock::time_point accounted_;
  Use use_;
};

}  // namespace ragqueue::testing
