#include "signals.hpp"

#include <ctime>

namespace rag_worker {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

bool StopSignals::wait() const {
  constexpr timespec moment{.tv_sec = 0, .tv_nsec = 100'000'000};
  return sigtimedwait(&set_, nullptr, &moment) > 0;
}

}  // namespace rag_worker
