#include "worker/heartbeat.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "db/notification.hpp"
#include "db/session.hpp"
#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/schema.hpp"
#include "worker/thrown.hpp"

namespace ragqueue {

namespace {

/// One heartbeat may fail, and yet others take over within three of the last.
std::chrono::milliseconds lease_of(const WorkerOptions& options) {
  return options.heartbeat_interval * 5 / 2;
}

constexpr std::chrono::milliseconds moment{100};
constexpr std::string_view renewal = "the renewal of the lease", listening = "listening for notifications";

std::string host_name() {
  std::array<char, 256> name{};
  (void)gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

Heartbeat::Heartbeat(SharedState& state, Connection connection)
    : state_(state), connection_(std::move(connection)) {
  register_self();
  listen();
}

void Heartbeat::register_self() {
  pg_conn* const connection = connection_->get();
  const auto lease = lease_of(state_.options);
  const auto before = SharedState::Clock::now();
  const std::int64_t id =
      pg::limited(connection, [&] { return register_worker(connection, host_name(), getpid(), lease); });
  // After the registration, so that the index cannot be rebuilt for another embedder in between.
  pg::limited(connection, [&] { require_schema(connection, *state_.pipeline.embedder); });
  state_.renew_lease(id, before + lease);
  next_beat_ = before + state_.options.heartbeat_interval;
  told_idle_ = false;
  told_down_ = false;
  told_waiting_ = 0;
}

/// Work that is over in a moment is not told: to be told twice costs the database more than a few
/// notifications, and who enqueues in between would find nobody to wake.
bool Heartbeat::wants_notifications() {
  if (!listens_.value_or(false)) return false;
  if (state_.any_consumer_idle() || !told_idle_) {
    busy_at_ = never;
    return state_.any_consumer_idle();
  }
  if (busy_at_ == never) busy_at_ = SharedState::Clock::now() + moment;
  return SharedState::Clock::now() < busy_at_;
}

bool Heartbeat::condition_changed() {
  return wants_notifications() != told_idle_ || state_.embedder.outage().has_value() != told_down_ ||
         state_.sources.waiting().size() != told_waiting_;
}

void Heartbeat::run(const std::atomic<bool>& all_consumers_ended) {
  while (!all_consumers_ended) {
    try {
      if (!connection_) reconnect();
      if (SharedState::Clock::now() >= next_beat_ || condition_changed()) beat();
      wait_for_events();
      backoff_.reset();
    } catch (...) {
      pause_after(words_of_thrown());
    }
  }
  try {
    if (!connection_) return;
    for (const auto& [consumer, backend] : state_.left_behind()) pg::end_session(connection_->get(), backend);
    pg::limited(connection_->get(), [&] { unregister_worker(connection_->get(), state_.worker_id()); });
  } catch (...) {
    state_.log(LogLevel::warning,
               fmt::format("the lease could not be given up, and will run out: {}", words_of_thrown()));
  }
}

void Heartbeat::pause_after(const std::string& error) {
  const bool is_lost = !connection_ || !pg::usable(connection_->get());
  if (is_lost) connection_.reset();
  state_.faults.failed(is_lost ? Faults::database : renewal, error);
  state_.heartbeat_wake.wait(std::min(backoff_.next(), state_.options.heartbeat_interval));
}

void Heartbeat::reconnect() {
  connection_.emplace(state_.options.conninfo);
  listen();
  told_idle_ = false;  // what was told meanwhile did not arrive
  next_beat_ = SharedState::Clock::now();
}

/// Without notifications idle consumers look at their poll interval.
void Heartbeat::listen() {
  bool listens = false;
  try {
    listens = pg::listen(connection_->get(), state_.options.conninfo);
    state_.faults.works(listening);
  } catch (const Error& error) {
    if (!pg::usable(connection_->get())) throw;
    listens_.reset();
    return state_.faults.failed(listening, error.what());
  }
  if (!listens && listens_ != listens) {
    state_.log(
        LogLevel::warning,
        fmt::format(
            "notifications do not pass the pooler before the database: idle consumers look every {} ms",
            state_.options.poll_interval.count()));
  }
  listens_ = listens;
}

/// Words that the database cannot hold do not cost the lease.
bool Heartbeat::renew(WorkerCondition& condition) {
  const auto send = [&] {
    return pg::limited(connection_->get(),
                       [&] { return heartbeat(connection_->get(), state_.worker_id(), condition); });
  };
  try {
    return send();
  } catch (const Error&) {
    if (!pg::usable(connection_->get())) throw;
    condition.waiting_sources.clear();
    if (condition.embedder_outage) condition.embedder_outage->answer = "see the log of the worker";
    return send();
  }
}

void Heartbeat::beat() {
  const auto before = SharedState::Clock::now();
  WorkerCondition condition{.idle = wants_notifications(),
                            .embedder_outage = state_.embedder.outage(),
                            .waiting_sources = state_.sources.waiting()};
  const std::size_t waiting = condition.waiting_sources.size();
  const bool is_due = before >= next_beat_;
  if (!renew(condition)) {
    state_.log(LogLevel::warning, "the lease was lost; its jobs went to other workers");
    return register_self();
  }
  state_.faults.works(Faults::database);
  state_.faults.works(renewal);
  const bool lapsed = !state_.lease_holds();
  // From before the heartbeat was sent, so that our own view of the lease ends before the database's.
  state_.renew_lease(state_.worker_id(), before + lease_of(state_.options));
  if (is_due) {
    next_beat_ = before + state_.options.heartbeat_interval;
    if (!listens_) listen();
  }
  // What was enqueued before the database knew of the sleepers was not announced; nor is it while the lease
  // is over, and a consumer that is woken then rests.
  if (condition.idle && (!told_idle_ || lapsed)) state_.wake_consumers();
  told_idle_ = condition.idle;
  told_down_ = condition.embedder_outage.has_value();
  told_waiting_ = waiting;
}

void Heartbeat::wait_for_events() {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(next_beat_, busy_at_) -
                                                                 SharedState::Clock::now());
  const bool notified = pg::wait_for_notification(connection_->get(), state_.heartbeat_wake.get(),
                                                  std::max(left, std::chrono::milliseconds(0)));
  state_.heartbeat_wake.clear();
  if (notified) state_.wake_consumer();
}

}  // namespace ragqueue
