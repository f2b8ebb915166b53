#include "worker/shared_state.hpp"

#include <algorithm>

namespace ragqueue {

namespace {
constexpr std::chrono::milliseconds look_interval{500};  // at calls that do not return
}

void SharedState::stop() {
  begin_stopping().request_stop();
  wake_consumers();
  wake_.notify_all();
  heartbeat_wake.signal();
}

std::stop_source SharedState::begin_stopping() {
  const std::scoped_lock lock(mutex_);
  if (!stopping_) {
    grace_end_ = Clock::now() + options.grace;
    work_end_ = std::min(work_end_, grace_end_);
  }
  stopping_ = true;
  return stop_requested_;
}

void SharedState::abort() {
  std::stop_source over = [this] {
    const std::scoped_lock lock(mutex_);
    aborting_ = true;
    work_end_ = std::min(work_end_, Clock::now());
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

std::size_t SharedState::consumer_started() {
  const std::scoped_lock lock(mutex_);
  running_.insert(started_);
  return started_++;
}

void SharedState::consumer_ended(std::size_t consumer) {
  {
    const std::scoped_lock lock(mutex_);
    running_.erase(consumer);
  }
  wake_.notify_all();
}

void SharedState::note_session(std::size_t consumer, int backend) {
  const std::scoped_lock lock(mutex_);
  sessions_[consumer] = backend;
}

void SharedState::leave_behind(const std::set<std::size_t>& consumers) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(sessions_, [&](const auto& session) { return !consumers.contains(session.first); });
  left_behind_ = sessions_;
}

std::map<std::size_t, int> SharedState::left_behind() const {
  const std::scoped_lock lock(mutex_);
  return left_behind_;
}

bool SharedState::only_stuck_run(Clock::time_point now) const {
  return std::ranges::all_of(running_,
                             [&](std::size_t consumer) { return calls.describe(consumer, now).has_value(); });
}

std::set<std::size_t> SharedState::watch_lease() {
  constexpr std::chrono::seconds patience{2};  // with calls that heed a stop
  std::unique_lock lock(mutex_);
  while (!running_.empty()) {
    const auto now = Clock::now();
    for (std::string& words : calls.overdue(now)) log(LogLevel::warning, std::move(words));
    const auto end = aborting_ ? Clock::time_point::min() : std::min(grace_end_, lease_end_);
    if (!lease_over_.stop_requested() && now >= end) {
      std::stop_source over = lease_over_;
      const bool is_lost = !stopping_;
      lock.unlock();  // what it calls may take its time
      if (is_lost)
        log(LogLevel::warning,
            "the lease is over: no heartbeat reached the database in time, and what is in flight goes back");
      over.request_stop();
      lock.lock();
      continue;
    }
    const bool is_patient = work_end_ == Clock::time_point::max() || now < work_end_ + patience;
    if (!is_patient && only_stuck_run(now)) break;
    const auto next_look = now + look_interval;
    wake_.wait_until(lock, lease_over_.stop_requested() ? next_look : std::min(end, next_look));
  }
  return running_;
}

void SharedState::embedder_changed() {
  if (const auto outage = embedder.outage()) {
    embedder_watch.down(outage->answer);
  } else {
    embedder_watch.up();
  }
  heartbeat_wake.signal();
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
