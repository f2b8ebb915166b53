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
  /// Whether the database is to hear of it before the next heartbeat is due.
  [[nodiscard]] bool condition_changed() const;
  void beat();
  void wait_for_events();
  void reconnect();

  SharedState& state_;
  Backoff backoff_;
  std::optional<Connection> connection_;
  pg::Retention retention_{state_.options.retention};
  bool told_idle_ = false, told_down_ = false;
  SharedState::Clock::time_point next_beat_{};
};

}  // namespace ragqueue
