#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "base/backoff.hpp"
#include "queue/retention.hpp"
#include "ragqueue/connection.hpp"
#include "worker/shared_state.hpp"

namespace ragqueue {

/// One thread for each worker: keeps its lease, rescues the jobs of others that are dead, and wakes idle
/// consumers.
class Heartbeat {
 public:
  /// Registers the worker. Throws Error.
  Heartbeat(SharedState& state, Connection connection);

  /// Until `all_consumers_ended`; then gives the lease up.
  void run(const std::atomic<bool>& all_consumers_ended);

 private:
  static constexpr auto never = SharedState::Clock::time_point::max();

  void register_self();
  [[nodiscard]] bool wants_notifications();
  /// Whether the database is to hear of it before the next heartbeat is due.
  [[nodiscard]] bool condition_changed();
  void beat();
  void wait_for_events();
  /// Gives back what workers whose lease is over held, and sets when to look again.
  void look_after_others();
  void keep_house(std::string_view what, const std::function<void()>& work);
  void listen();
  void reconnect();

  SharedState& state_;
  Backoff backoff_;
  std::optional<Connection> connection_;
  pg::Retention retention_{state_.options.retention};
  bool told_idle_ = false, told_down_ = false;
  std::size_t told_waiting_ = 0;  ///< Source types.
  std::optional<bool> listens_;  ///< As last seen; nothing before the first connection.
  SharedState::Clock::time_point next_beat_{}, next_look_{}, next_rescue_{};
  SharedState::Clock::time_point busy_at_ = never;  ///< When consumers that woke are taken to stay awake.
};

}  // namespace ragqueue
