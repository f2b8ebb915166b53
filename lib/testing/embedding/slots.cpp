#include "testing/embedding/slots.hpp"

namespace ragqueue::testing {

Slots::Slots(std::size_t count, std::optional<std::size_t> max_queue)
    : count_(count), max_queue_(max_queue), accounted_(Clock::now()) {}

Slots::Outcome Slots::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (free() > 0) {
    account();
    ++taken_;
    return Outcome::taken;
  }
  if (max_queue_ && queue_.size() >= *max_queue_) return Outcome::queue_full;
  const std::uint64_t ticket = next_ticket_++;
  queue_.push_back(ticket);
  if (changed_.wait(lock, stop, [&] { return handed_over_.contains(ticket); })) {
    handed_over_.erase(ticket);
    return Outcome::taken;
  }
  std::erase(queue_, ticket);
  return Outcome::stopped;
}

void Slots::give_back() {
  const std::lock_guard lock(mutex_);
  account();
  use_.last_release = accounted_;
  if (queue_.empty()) {
    --taken_;
    return;
  }
  handed_over_.insert(queue_.front());
  queue_.pop_front();
  changed_.notify_all();
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
