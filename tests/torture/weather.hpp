#pragma once

#include <atomic>
#include <filesystem>

namespace ragqueue::torture {

/// The embedder's faults of the moment, in memory that the torture program and its workers share.
struct Weather {
  std::atomic<bool> outage;       ///< No embedder answers.
  std::atomic<int> busy_percent;  ///< Of calls that are turned away.
  std::atomic<int> lies_percent;  ///< Of calls with a flaky text, answered by what nobody can believe.
  std::atomic<int> slow_ms;       ///< The longest a call takes; some do not listen to a stop meanwhile.
};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

/// Maps the file, making it if needed. The mapping lasts as long as the process.
[[nodiscard]] Weather& share_weather(const std::filesystem::path& file);

}  // namespace ragqueue::torture
