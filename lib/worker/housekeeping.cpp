#include "worker/housekeeping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/pause.hpp"
#include "db/cancel_on_stop.hpp"
#include "db/session.hpp"
#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "ragqueue/grants.hpp"
#include "ragqueue/lease.hpp"
#include "worker/thrown.hpp"

namespace ragqueue {

namespace {

/// A rescue reads all that waits or runs; where no lease has ended, a hundredth of the time at most goes into
/// it.
constexpr int rescue_pause_factor = 100;

/// Heartbeats from one look at this role's rights to the next: half a minute, as a rule.
constexpr int privileges_pause_factor = 15;

}  // namespace

void Housekeeping::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      if (!connection_) {
        connection_.emplace(state_.options.conninfo);
        pg::set_up_own_session(connection_->get());
      }
      round(stop);
      backoff_.reset();
      const auto left = std::min(next_round_, next_look_) - Clock::now();
      pause(std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0)), stop);
    } catch (...) {
      connection_.reset();
      if (stop.stop_requested()) return;
      state_.faults.failed(Faults::database, words_of_thrown());
      pause(std::min(backoff_.next(), state_.options.heartbeat_interval), stop);
    }
  }
}

void Housekeeping::round(const std::stop_token& stop) {
  const pg::CancelOnStop cancel_on_stop(connection_->get(), stop);
  const auto now = Clock::now();
  const bool is_due = now >= next_round_;
  if (!is_due && now < next_look_) return;
  if (is_due) next_round_ = now + state_.options.heartbeat_interval;
  next_look_ = now + state_.options.heartbeat_interval;
  std::optional<std::size_t> rescued;
  perform("rescue", [&] { rescued = look_after_others(); });
  if (rescued.value_or(0) > 0) {
    state_.log(LogLevel::warning, fmt::format("{} jobs of vanished workers were given back", *rescued));
    state_.wake_consumers();
  }
  if (rescued) perform("sweep", [&] { pg::sweep(connection_->get()); });
  if (is_due) perform("purge", [&] { retention_.step(connection_->get(), state_.worker_id()); });
  if (now >= next_privileges_) {
    next_privileges_ = now + privileges_pause_factor * state_.options.heartbeat_interval;
    // A policy that is dropped makes no error: the queue is empty from then on.
    perform("the check of this role's rights", [&] { require_privileges(connection_->get(), Duty::work); });
  }
}

void Housekeeping::perform(std::string_view duty, const std::function<void()>& work) {
  try {
    pg::limited(connection_->get(), [&] {
      pg::execute_script(connection_->get(), "SET LOCAL lock_timeout = '500ms'");
      work();
    });
    state_.faults.works(duty);
  } catch (...) {
    if (!pg::usable(connection_->get())) throw;
    if (!state_.stopping()) state_.faults.failed(duty, words_of_thrown());
  }
}

std::optional<std::size_t> Housekeeping::look_after_others() {
  pg_conn* const connection = connection_->get();
  auto left = until_next_lease_end(connection, state_.worker_id());
  const auto begin = Clock::now();
  std::optional<std::size_t> rescued;
  if (begin >= next_rescue_ || (left && left->count() <= 0)) {
    rescued = rescue(connection);
    const auto end = Clock::now();
    next_rescue_ = end + rescue_pause_factor * (end - begin);
    left = until_next_lease_end(connection, state_.worker_id());
  }
  constexpr std::chrono::milliseconds at_least{1};
  if (left) next_look_ = std::min(next_look_, Clock::now() + std::max(*left + at_least, at_least));
  return rescued;
}

}  // namespace ragqueue
