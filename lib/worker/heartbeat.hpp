#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

#include "base/backoff.hpp"
#include "ragqueue/connection.hpp"
#include "worker/shared_state.hpp"

namespace ragqueue {

/// One thread for each worker: keeps its lease, and wakes idle consumers.
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
  /// Returns false when the lease was lost.
  [[nodiscard]] bool renew(WorkerCondition& condition);
  void wait_for_events();
  void listen();
  void pause_after(const std::string& error);
  void reconnect();

  SharedState& state_;
  Backoff backoff_;
  std::optional<Connection> connection_;
  bool told_idle_ = false, told_down_ = false;
  std::size_t told_waiting_ = 0;  ///< Source types.
  std::optional<bool> listens_;   ///< As last seen; nothing before it was found out.
  SharedState::Clock::time_point next_beat_{};
  SharedState::Clock::time_point busy_at_ = never;  ///< When consumers that woke are taken to stay awake.
};

}  // namespace ragqueue
