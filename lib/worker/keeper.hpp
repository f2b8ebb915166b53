#pragma once

#include <atomic>
#include <optional>

#include "pg/retention.hpp"
#include "ragqueue/connection.hpp"
#include "worker/backoff.hpp"
#include "worker/shared_state.hpp"

namespace ragqueue {

/// One thread for each worker: keeps its lease, rescues the jobs of others that are dead, and wakes idle
/// lanes.
class Keeper {
 public:
  /// Registers the worker. Throws Error.
  Keeper(SharedState& state, Connection connection);

  /// Until `all_lanes_ended`; then gives the lease up.
  void run(const std::atomic<bool>& all_lanes_ended);

 private:
  void register_self();
  [[nodiscard]] bool wants_notifications() const;
  /// Whether the database is to hear of it before the next heartbeat is due.
  [[nodiscard]] bool condition_changed() const;
  void beat();
  void wait_for_events();
  /// Gives back what workers whose lease is over held, and sets when to look again.
  void look_after_others();
  void listen();
  void reconnect();

  SharedState& state_;
  Backoff backoff_;
  std::optional<Connection> connection_;
  pg::Retention retention_{state_.options.retention};
  bool told_idle_ = false, told_down_ = false;
  std::optional<bool> listens_;  ///< As last seen; nothing before the first connection.
  SharedState::Clock::time_point next_beat_{}, next_look_{};
};

}  // namespace ragqueue
