#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ragqueue::torture {

enum class Blow {
  kill_worker,         ///< SIGKILL; another one is started after `lasts`.
  freeze_worker,       ///< SIGSTOP for longer than the lease, then SIGCONT.
  stop_worker,         ///< SIGTERM; another one is started.
  terminate_backends,  ///< `size` of them.
  stop_fast,           ///< PostgreSQL, until `lasts` is over.
  stop_immediate,
  hold_network,  ///< Of one worker: silence; then all arrives late.
  hold_and_cut,  ///< Silence, and then the end.
  cut_network,   ///< Of one worker; nothing gets through until `lasts` is over.
  lose_commit,   ///< The answer to a worker's next COMMIT.
  cut_after,     ///< `size` bytes of the server's answers.
  embedder_outage,
  embedder_busy,  ///< `size` percent of calls are turned away.
  embedder_slow,  ///< Calls last up to `size` ms.
  fail_over,
};

[[nodiscard]] std::string to_string(Blow blow);

struct Strike {
  std::chrono::milliseconds at{};     ///< Since the round's start.
  std::chrono::milliseconds lasts{};  ///< 0 for what has no duration.
  Blow blow{};
  std::size_t worker = 0;
  int size = 0;
};

/// What happens in a round, by its seed, in the order of time. With `fails_over`, once in the middle of it.
[[nodiscard]] std::vector<Strike> make_schedule(std::uint64_t seed, std::size_t workers,
                                                std::chrono::milliseconds length, bool fails_over);

[[nodiscard]] std::string describe(const Strike& strike);

}  // namespace ragqueue::torture
