#pragma once

#include <stdexcept>
#include <string_view>

namespace rag_worker {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_unreachable = 3;
inline constexpr int exit_jobs_failed = 4;

/// The program was called or configured in a way that cannot be.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A drain is over, and some of its jobs failed: which, the log has said.
struct JobsFailed {};

/// Writes `rag_worker: message` to standard error, as one line.
void report(std::string_view message);

/// Reports the exception being handled and returns the exit code that stands for it.
[[nodiscard]] int report_current_exception() noexcept;

}  // namespace rag_worker
