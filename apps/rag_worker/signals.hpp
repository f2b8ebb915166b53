#pragma once

#include <csignal>

namespace rag_worker {

/// From construction on, SIGTERM and SIGINT wait to be fetched here. Make it before any thread, so that all
/// inherit the mask.
class StopSignals {
 public:
  StopSignals();

  /// Waits a moment for one of them. Returns whether it came.
  [[nodiscard]] bool wait() const;

 private:
  sigset_t set_{};
};

}  // namespace rag_worker
