#include "worker/keeper.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "pg/notification.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/schema.hpp"

namespace ragqueue {

namespace {

constexpr int beats_a_lease = 3;

std::string host_name() {
  std::array<char, 256> name{};
  (void)gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

Keeper::Keeper(SharedState& state, Connection connection)
    : state_(state), connection_(std::move(connection)) {
  register_self();
  pg::listen(connection_->get());
}

void Keeper::register_self() {
  const auto lease = state_.options.heartbeat_interval * beats_a_lease;
  const auto before = SharedState::Clock::now();
  const std::int64_t id = register_worker(connection_->get(), host_name(), getpid(), lease);
  // After the registration, so that the index cannot be rebuilt for another embedder in between.
  require_schema(connection_->get(), *state_.pipeline.embedder);
  state_.renew_lease(id, before + lease);
  next_beat_ = before + state_.options.heartbeat_interval;
  told_idle_ = false;
  told_down_ = false;
}

bool Keeper::condition_changed() const {
  return state_.any_lane_idle() != told_idle_ || state_.embedder.outage().has_value() != told_down_;
}

void Keeper::run(const std::atomic<bool>& all_lanes_ended) {
  while (!all_lanes_ended) {
    try {
      if (!connection_) reconnect();
      if (SharedState::Clock::now() >= next_beat_ || condition_changed()) beat();
      wait_for_events();
      backoff_.reset();
    } catch (const std::exception& error) {
      connection_.reset();
      const std::chrono::milliseconds pause = std::min(backoff_.next(), state_.options.heartbeat_interval);
      state_.log(LogLevel::warning, fmt::format("the lease could not be renewed, next try in {} ms: {}",
                                                pause.count(), error.what()));
      state_.keeper_wake.wait(pause);
    }
  }
  try {
    if (connection_) unregister_worker(connection_->get(), state_.worker_id());
  } catch (const std::exception& error) {
    state_.log(LogLevel::warning,
               fmt::format("the lease could not be given up, and will run out: {}", error.what()));
  }
}

void Keeper::reconnect() {
  connection_.emplace(state_.options.conninfo);
  pg::listen(connection_->get());
  next_beat_ = SharedState::Clock::now();
}

void Keeper::beat() {
  const auto before = SharedState::Clock::now();
  const WorkerCondition condition{.idle = state_.any_lane_idle(),
                                  .embedder_outage = state_.embedder.outage()};
  const bool rescue_is_due = before >= next_beat_;
  if (!heartbeat(connection_->get(), state_.worker_id(), condition)) {
    state_.log(LogLevel::warning, "the lease was lost; its jobs went to other workers");
    return register_self();
  }
  state_.renew_lease(state_.worker_id(), before + state_.options.heartbeat_interval * beats_a_lease);
  if (rescue_is_due) next_beat_ = before + state_.options.heartbeat_interval;
  if (const std::size_t rescued = rescue_is_due ? rescue(connection_->get()) : 0; rescued > 0) {
    state_.log(LogLevel::warning, fmt::format("{} jobs of vanished workers were given back", rescued));
    state_.wake_lanes();
  }
  if (rescue_is_due) retention_.step(connection_->get(), state_.worker_id());
  // What was enqueued before the database knew of the sleepers was not announced.
  if (condition.idle && !told_idle_) state_.wake_lanes();
  told_idle_ = condition.idle;
  told_down_ = condition.embedder_outage.has_value();
}

void Keeper::wait_for_events() {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(next_beat_ - SharedState::Clock::now());
  const bool notified = pg::wait_for_notification(connection_->get(), state_.keeper_wake.get(),
                                                  std::max(left, std::chrono::milliseconds(0)));
  state_.keeper_wake.clear();
  if (notified) state_.wake_lanes();
}

}  // namespace ragqueue
