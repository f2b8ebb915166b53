#include "terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <limits>

namespace rag_worker {

namespace {
constexpr std::string_view clear_line = "\r\x1b[K";
}

std::size_t text_width() {
  constexpr std::size_t readable = 100;
  if (isatty(STDOUT_FILENO) == 0) return std::numeric_limits<std::size_t>::max();
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return readable;
  return std::min<std::size_t>(size.ws_col, readable);
}

bool standard_error_is_terminal() {
  return isatty(STDERR_FILENO) == 1;
}

void StatusLine::show(std::string_view line) {
  const std::lock_guard lock(mutex_);
  line_ = line;
  fmt::print(stderr, "{}{}", clear_line, line_);
}

void StatusLine::print_above(std::string_view line) {
  const std::lock_guard lock(mutex_);
  fmt::print(stderr, "{}{}\n{}", clear_line, line, line_);
}

void StatusLine::finish() {
  const std::lock_guard lock(mutex_);
  if (!line_.empty()) fmt::print(stderr, "\n");
  line_.clear();
}

}  // namespace rag_worker
