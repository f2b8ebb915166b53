#include "terminal.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
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

bool standard_error_hung_up() {
  pollfd file{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  return poll(&file, 1, 0) > 0 && (file.revents & (POLLHUP | POLLERR)) != 0;
}

void write_error(std::string_view text) noexcept {
  constexpr int patience = 500;                 // ms
  constexpr std::size_t piece_size = PIPE_BUF;  // a pipe that takes anything takes as much without waiting
  while (!text.empty()) {
    pollfd file{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (poll(&file, 1, patience) <= 0) return;
    const ssize_t written = write(STDERR_FILENO, text.data(), std::min(text.size(), piece_size));
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void StatusLine::show(std::string_view line) {
  const std::lock_guard lock(mutex_);
  line_ = line;
  write_error(fmt::format("{}{}", clear_line, line_));
}

void StatusLine::print_above(std::string_view line) {
  const std::lock_guard lock(mutex_);
  write_error(fmt::format("{}{}\n{}", clear_line, line, line_));
}

void StatusLine::finish() {
  const std::lock_guard lock(mutex_);
  if (!line_.empty()) write_error("\n");
  line_.clear();
}

}  // namespace rag_worker
