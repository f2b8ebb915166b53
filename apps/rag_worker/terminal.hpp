#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace rag_worker {

/// Characters of a line of text on standard output: the terminal's, but no more than are read with ease;
/// without a terminal, no bound.
[[nodiscard]] std::size_t text_width();

[[nodiscard]] bool standard_error_is_terminal();
/// Whether the terminal that standard error was is gone.
[[nodiscard]] bool standard_error_hung_up();

/// Writes to standard error what it takes within a moment, and drops the rest: nobody waits for a log that
/// cannot be written.
void write_error(std::string_view text) noexcept;

/// One line at the bottom of the terminal on standard error, rewritten in place. Thread-safe.
class StatusLine {
 public:
  void show(std::string_view line);
  /// Writes a line that stays, above the status line.
  void print_above(std::string_view line);
  /// Leaves the status line as it is; what follows starts on a new one.
  void finish();

 private:
  std::mutex mutex_;
  std::string line_;
};

}  // namespace rag_worker
