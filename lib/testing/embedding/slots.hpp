#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
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
  struct Taking {
    Outcome outcome{};
    Clock::time_point since{};  ///< When the slot became the call's.
  };
  [[nodiscard]] Taking take(const std::stop_token& stop);
  void give_back();
  [[nodiscard]] Use use() const;

 private:
  struct Waiter {
    std::condition_variable_any woken{};
    std::optional<Clock::time_point> since{};  ///< When it was handed a slot.
  };

  void account();
  [[nodiscard]] std::size_t free() const { return count_ - taken_; }

  const std::size_t count_;
  const std::optional<std::size_t> max_queue_;
  mutable std::mutex mutex_;
  std::deque<Waiter*> queue_;
  std::size_t taken_ = 0;
  Clock::time_point accounted_;
  Use use_;
};

}  // namespace ragqueue::testing
