#pragma once

#include <chrono>

namespace ragqueue::testing {

/// While it lives, this process's clock of the day is wrong by so much; the database server's is not. One at
/// a time.
class WrongClock {
 public:
  explicit WrongClock(std::chrono::seconds error) noexcept;
  ~WrongClock();
  WrongClock(const WrongClock&) = delete;
  WrongClock& operator=(const WrongClock&) = delete;
};

}  // namespace ragqueue::testing
