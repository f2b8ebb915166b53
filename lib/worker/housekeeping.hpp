#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>

#include "base/backoff.hpp"
#include "queue/retention.hpp"
#include "ragqueue/connection.hpp"
#include "worker/shared_state.hpp"

namespace ragqueue {

/// One thread for each worker: gives back the jobs of others that are dead, and clears away what is over.
/// Each duty by itself, and none on the connection that keeps the lease, so that no error and no wait in one
/// stops another or costs the lease.
class Housekeeping {
 public:
  explicit Housekeeping(SharedState& state) : state_(state) {}

  void run(const std::stop_token& stop);

 private:
  using Clock = SharedState::Clock;

  void round(const std::stop_token& stop);
  /// Returns how many jobs were given back, nothing where no rescue was due; sets when to look again.
  std::optional<std::size_t> look_after_others();
  void perform(std::string_view duty, const std::function<void()>& work);

  SharedState& state_;
  Backoff backoff_;
  std::optional<Connection> connection_;
  pg::Retention retention_{state_.options.retention};
  Clock::time_point next_round_{}, next_look_{}, next_rescue_{}, next_privileges_{};
};

}  // namespace ragqueue
