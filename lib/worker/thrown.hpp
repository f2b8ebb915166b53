#pragma once

#include <exception>
#include <string>

namespace ragqueue {

/// What the exception being handled says, whatever it is. For the outermost catch of a thread.
[[nodiscard]] inline std::string words_of_thrown() noexcept {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something was thrown that is no std::exception";
  }
}

}  // namespace ragqueue
