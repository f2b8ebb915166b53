#include "worker/shared_state.hpp"

#include <algorithm>

namespace ragqueue {

void SharedState::begin() {
  vector_index.begin();
  const std::scoped_lock lock(mutex_);
  stopping_ = false;
  aborting_ = false;
  grace_end_ = Clock::time_point::max();
  idle_consumers_ = 0;
  stop_requested_ = {};
  lease_over_ = {};
}

void SharedState::stop() {
  begin_stopping().request_stop();
  wake_consumers();
  wake_.notify_all();
  heartbeat_wake.signal();
}

std::stop_source SharedState::begin_stopping() {
  const std::scoped_lock lock(mutex_);
  if (!stopping_) grace_end_ = Clock::now() + options.grace;
  stopping_ = true;
  return stop_requested_;
}

void SharedState::abort() {
  std::stop_source over = [this] {
    const std::scoped_lock lock(mutex_);
    aborting_ = true;
    return lease_over_;
  }();
  over.request_stop();
  stop();
}

std::stop_token SharedState::stop_token() const {
  const std::scoped_lock lock(mutex_);
  return stop_requested_.get_token();
}

void SharedState::wake_consumers() {
  {
    const std::scoped_lock lock(mutex_);
    ++generation_;
  }
  consumer_wake_.notify_all();
}

void SharedState::wake_consumer() {
  {
    const std::scoped_lock lock(mutex_);
    ++generation_;
  }
  consumer_wake_.notify_one();
}

SharedState::Lease SharedState::lease() const {
  const std::scoped_lock lock(mutex_);
  return {.worker_id = worker_id_, .over = lease_over_.get_token()};
}

void SharedState::renew_lease(std::int64_t worker_id, Clock::time_point lease_end) {
  std::stop_source lost(std::nostopstate);
  {
    const std::scoped_lock lock(mutex_);
    // A new id means that the old lease was lost, and its jobs with it.
    if (worker_id_ != worker_id || lease_over_.stop_requested()) {
      lost = std::exchange(lease_over_, {});
    }
    worker_id_ = worker_id;
    lease_end_ = lease_end;
  }
  lost.request_stop();
  wake_.notify_all();
}

bool SharedState::lease_holds() const {
  const std::scoped_lock lock(mutex_);
  return Clock::now() < lease_end_;
}

SharedState::Clock::time_point SharedState::lease_end() const {
  const std::scoped_lock lock(mutex_);
  return lease_end_;
}

void SharedState::consumer_started() {
  const std::scoped_lock lock(mutex_);
  ++consumers_;
}

void SharedState::consumer_ended() {
  {
    const std::scoped_lock lock(mutex_);
    --consumers_;
  }
  wake_.notify_all();
}

void SharedState::watch_lease() {
  std::unique_lock lock(mutex_);
  while (consumers_ > 0) {
    const auto end = aborting_ ? Clock::time_point::min() : std::min(grace_end_, lease_end_);
    if (lease_over_.stop_requested()) {
      wake_.wait(lock);
    } else if (Clock::now() < end) {
      wake_.wait_until(lock, end);
    } else {
      std::stop_source over = lease_over_;
      lock.unlock();  // what it calls may take its time
      over.request_stop();
      lock.lock();
    }
  }
}

void SharedState::consumer_idle(bool idle) {
  idle_consumers_ += idle ? 1 : -1;
  heartbeat_wake.signal();
}

std::uint64_t SharedState::generation() const {
  const std::scoped_lock lock(mutex_);
  return generation_;
}

void SharedState::wait(std::uint64_t generation, std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  consumer_wake_.wait_for(lock, pause, [&] { return generation_ != generation || stopping_; });
}

void SharedState::sleep(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, pause, [&] { return stopping_.load(); });
}

void SharedState::count(const BatchResult& result) {
  done_ += result.done;
  retried_ += result.retried;
  failed_ += result.failed;
  released_ += result.released;
  lost_ += result.lost;
}

WorkerCounters SharedState::counters() const {
  return {.done = done_, .retried = retried_, .failed = failed_, .released = released_, .lost = lost_};
}

void SharedState::log(LogLevel level, std::string message) const {
  if (options.log) options.log({.level = level, .message = std::move(message), .fields = {}});
}

}  // namespace ragqueue
