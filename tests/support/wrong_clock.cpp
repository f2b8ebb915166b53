#include "support/wrong_clock.hpp"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

namespace {
std::atomic<time_t> error_seconds = 0;
}

/// Takes the place of libc's, for all that this process links, as std::chrono::system_clock.
extern "C" [[gnu::visibility("default")]] int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  if (clock == CLOCK_REALTIME) now->tv_sec += error_seconds;
  return result;
}

namespace ragqueue::testing {

WrongClock::WrongClock(std::chrono::seconds error) noexcept {
  error_seconds = error.count();
}

WrongClock::~WrongClock() {
  error_seconds = 0;
}

}  // namespace ragqueue::testing
