#include "testing/embedding/slots.hpp"

namespace ragqueue::testing {

Slots::Slots(std::size_t count, std::optional<std::size_t> max_queue)
    : count_(count), max_queue_(max_queue), accounted_(Clock::now()) {}

Slots::Taking Slots::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (free() > 0) {
    account();
    ++taken_;
    return {.outcome = Outcome::taken, .since = accounted_};
  }
  if (max_queue_ && queue_.size() >= *max_queue_) return {.outcome = Outcome::queue_full};
  Waiter waiter;
  queue_.push_back(&waiter);
  if (waiter.woken.wait(lock, stop, [&] { return waiter.since.has_value(); })) {
    return {.outcome = Outcome::taken, .since = *waiter.since};
  }
  std::erase(queue_, &waiter);
  return {.outcome = Outcome::stopped};
}

void Slots::give_back() {
  const std::lock_guard lock(mutex_);
  account();
  use_.last_release = accounted_;
  if (queue_.empty()) {
    --taken_;
    return;
  }
  Waiter& next = *queue_.front();
  queue_.pop_front();
  next.since = accounted_;
  next.woken.notify_one();
}

Slots::Use Slots::use() const {
  const std::lock_guard lock(mutex_);
  return use_;
}

void Slots::account() {
  const Clock::time_point now = Clock::now();
  const auto passed = std::chrono::duration_cast<std::chrono::nanoseconds>(now - accounted_);
  if (free() == 0) use_.all_busy += passed;
  use_.slot_time += passed * taken_;
  accounted_ = now;
}

}  // namespace ragqueue::testing
