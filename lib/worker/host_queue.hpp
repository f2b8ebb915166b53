#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

namespace ragqueue {

/// Between a worker and functions of its host: a thread of its own calls them, so that one that throws or
/// never returns holds up nobody. What comes faster than they take it is dropped, and counted. Thread-safe.
class HostQueue {
 public:
  using Call = std::function<void()>;

  /// `name` is the thread's, at most 15 bytes. `on_drops` is called, as the calls are, before the first call
  /// after some were dropped; may be empty.
  explicit HostQueue(const char* name, std::function<void(std::size_t dropped)> on_drops = {});
  /// Waits a moment until all is told; a call that does not return is left behind, and no more follow.
  ~HostQueue();
  HostQueue(const HostQueue&) = delete;
  HostQueue& operator=(const HostQueue&) = delete;

  /// What takes a call; may outlive the queue, and does nothing then.
  [[nodiscard]] std::function<void(Call)> entrance() const;
  /// Since the beginning. May outlive the queue.
  [[nodiscard]] std::function<std::size_t()> drops() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace ragqueue
