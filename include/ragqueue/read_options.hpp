#pragma once

#include <chrono>
#include <stop_token>

#include "ragqueue/error.hpp"

namespace ragqueue {

/// How long a reader's statements may take, and who may end them sooner.
struct ReadOptions {
  /// Of each statement, at least 1 ms. A lower limit of the session's own stands.
  std::chrono::milliseconds statement_timeout{std::chrono::seconds(30)};
  /// Once requested, the server is told to cancel, and the call throws Error (SQLSTATE 57014).
  std::stop_token stop{};
};

}  // namespace ragqueue
