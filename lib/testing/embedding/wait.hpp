#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace ragqueue::testing {

/// False when stop is requested before that.
[[nodiscard]] inline bool wait_until(std::chrono::steady_clock::time_point time,
                                     const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_until(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace ragqueue::testing
