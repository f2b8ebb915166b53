#pragma once

#include <memory>
#include <optional>

#include "ragqueue/log.hpp"
#include "worker/host_queue.hpp"

namespace ragqueue {

/// Between a worker and the log of its host; see HostQueue. That lines were dropped is a line of the log.
class LogQueue {
 public:
  explicit LogQueue(Log log);

  /// What to write to; may outlive the queue, and writes nothing then. Empty where the log is.
  [[nodiscard]] Log entrance() const;

 private:
  std::shared_ptr<const Log> log_;  ///< One for all calls: it may have a state.
  std::optional<HostQueue> queue_;
};

}  // namespace ragqueue
