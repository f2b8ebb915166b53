#pragma once

#include <memory>
#include <thread>

#include "ragqueue/log.hpp"

namespace ragqueue {

/// Between a worker and the log of its host: a thread of its own calls the log, so that one that throws or
/// never returns holds up nobody. What comes faster than the log takes it is dropped, and counted.
/// Thread-safe.
class LogQueue {
 public:
  explicit LogQueue(Log log);
  /// Waits a moment until all is told; a log that does not return is left behind, and called no more.
  ~LogQueue();
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;

  /// What to write to; may outlive the queue, and writes nothing then.
  [[nodiscard]] Log entrance() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace ragqueue
