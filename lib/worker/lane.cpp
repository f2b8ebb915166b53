#include "worker/lane.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pg/claim.hpp"
#include "pg/statement.hpp"
#include "pg/transaction.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

void Lane::run() {
  while (!state_.stopping()) {
    try {
      connect();
      seen_ = state_.generation();
      if (!state_.embedder.open(state_.stop_token())) continue;
      if (state_.stopping()) break;
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
  if (connection_ && !pg::idle(connection_->get())) connection_.reset();
  if (!connection_) connection_.emplace(state_.options.conninfo);
  give_back_unsettled();
}

/// A batch whose answer was lost is settled by asking: what was committed no longer carries the token, the
/// rest goes back.
void Lane::give_back_unsettled() {
  if (unsettled_.empty()) return;
  state_.count({.released = Queue(connection_->get()).release(unsettled_)});
  unsettled_.clear();
}

/// In a transaction, so that a claim whose answer is lost rolls back, and a commit whose answer is lost is
/// settled by its tokens.
void Lane::claim(std::int64_t worker_id) {
  pg::again_on_collision([&] {
    pg::Transaction transaction(connection_->get());
    unsettled_ = pg::claim_due(connection_->get(), worker_id, state_.options.batch);
    transaction.commit();
  });
}

bool Lane::work() {
  const SharedState::Tenure tenure = state_.tenure();
  claim(tenure.worker_id);
  if (unsettled_.empty()) return false;
  set_idle(false);
  for (const std::vector<Job>& group : state_.suspects.apart(unsettled_)) {
    if (!process_group(group, tenure.over)) break;
  }
  give_back_unsettled();
  return true;
}

bool Lane::process_group(std::span<const Job> group, const std::stop_token& stop) {
  const BatchResult result = process(connection_->get(), state_.pipeline, group,
                                     {.retry = state_.options.retry,
                                      .stop = stop,
                                      .charge_outage = state_.suspects.charged(group),
                                      .log = state_.options.log});
  std::erase_if(unsettled_, [&](const Job& job) {
    return std::ranges::any_of(group, [&](const Job& settled) { return settled.id == job.id; });
  });
  state_.count(result);
  if (result.embedder_down) {
    state_.suspects.interrupted(group);
    state_.embedder.failed(result.interruption->what());
    return false;
  }
  state_.suspects.settled(group);
  if (result.interruption) throw Error(*result.interruption);
  return !stop.stop_requested();
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
  state_.sleep(pause);
}

}  // namespace ragqueue
