#include "worker/lane.hpp"

#include <fmt/format.h>

#include <utility>

#include "pg/statement.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

void Lane::run() {
  while (!state_.stopping()) {
    try {
      connect();
      seen_ = state_.generation();
      const bool worked = state_.lease_holds() && work();
      backoff_.reset();
      if (!worked) rest();
    } catch (const std::exception& error) {
      pause_after(error);
    }
  }
  set_idle(false);
}

void Lane::connect() {
  if (connection_ && !pg::usable(connection_->get())) connection_.reset();
  if (!connection_) connection_.emplace(state_.options.conninfo);
  give_back_unsettled();
}

/// A batch whose answer was lost is settled by asking: what was committed no longer carries the token, the
/// rest goes back.
void Lane::give_back_unsettled() {
  if (unsettled_.empty()) return;
  state_.released += Queue(connection_->get()).release(unsettled_);
  unsettled_.clear();
}

bool Lane::work() {
  unsettled_ = Queue(connection_->get()).claim(state_.worker_id(), state_.options.batch);
  if (unsettled_.empty()) return false;
  set_idle(false);
  const BatchResult result = process(connection_->get(), state_.pipeline, unsettled_,
                                     {.retry = state_.options.retry,
                                      .cancelled = [this] { return state_.cancelled(); },
                                      .log = state_.options.log});
  unsettled_.clear();
  state_.done += result.done;
  state_.retried += result.retried;
  state_.failed += result.failed;
  state_.released += result.released;
  state_.lost += result.lost;
  return true;
}

void Lane::set_idle(bool idle) {
  if (std::exchange(idle_, idle) != idle) state_.lane_idle(idle);
}

void Lane::rest() {
  if (state_.options.drain && Queue(connection_->get()).finished()) return state_.stop();
  set_idle(true);
  state_.wait(seen_, state_.options.poll_interval);
}

void Lane::pause_after(const std::exception& error) {
  const std::chrono::milliseconds pause = backoff_.next();
  state_.log(LogLevel::warning, fmt::format("paused for {} ms: {}", pause.count(), error.what()));
  state_.wait(state_.generation(), pause);
}

}  // namespace ragqueue
