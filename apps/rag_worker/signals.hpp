#pragma once

#include <csignal>
#include <optional>

namespace rag_worker {

/// From construction on, SIGTERM, SIGINT and SIGHUP wait to be fetched here, and SIGPIPE is ignored. Make it
/// before any thread, so that all inherit the mask.
class Signals {
 public:
  Signals();

  /// Waits a moment for one of them. Returns which came.
  [[nodiscard]] std::optional<int> wait() const;

 private:
  sigset_t set_{};
};

}  // namespace rag_worker
