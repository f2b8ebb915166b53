#include "signals.hpp"

#include <ctime>

namespace rag_worker {

Signals::Signals() {
  sigemptyset(&set_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> Signals::wait() const {
  constexpr timespec moment{.tv_sec = 0, .tv_nsec = 100'000'000};
  const int signal = sigtimedwait(&set_, nullptr, &moment);
  if (signal <= 0) return std::nullopt;
  return signal;
}

}  // namespace rag_worker
