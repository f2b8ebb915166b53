#include "worker/shared_state.hpp"

namespace ragqueue {

void SharedState::begin() {
  stopping_ = false;
  aborting_ = false;
  grace_end_ = Clock::time_point::max();
  idle_lanes_ = 0;
}

void SharedState::stop() {
  if (!stopping_) {
    grace_end_ = Clock::now() + options.grace;
    stopping_ = true;
  }
  wake_lanes();
  keeper_wake.signal();
}

void SharedState::abort() {
  aborting_ = true;
  stop();
}

void SharedState::wake_lanes() {
  {
    const std::scoped_lock lock(mutex_);
    ++generation_;
  }
  wake_.notify_all();
}

bool SharedState::cancelled() const {
  return aborting_ || !lease_holds() || Clock::now() >= grace_end_.load();
}

void SharedState::renew_lease(std::int64_t worker_id, Clock::time_point lease_end) {
  worker_id_ = worker_id;
  lease_end_ = lease_end;
}

void SharedState::lane_idle(bool idle) {
  idle_lanes_ += idle ? 1 : -1;
  keeper_wake.signal();
}

std::uint64_t SharedState::generation() const {
  const std::scoped_lock lock(mutex_);
  return generation_;
}

void SharedState::wait(std::uint64_t generation, std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, pause, [&] { return generation_ != generation || stopping_; });
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
