#pragma once

#include <chrono>

namespace ragqueue {

/// A file descriptor that becomes readable when another thread says so: to leave a poll() early.
class WakeDescriptor {
 public:
  WakeDescriptor();
  ~WakeDescriptor();
  WakeDescriptor(const WakeDescriptor&) = delete;
  WakeDescriptor& operator=(const WakeDescriptor&) = delete;

  [[nodiscard]] int get() const noexcept { return descriptor_; }
  void signal() const noexcept;
  void clear() const noexcept;
  /// Returns after `timeout`, or when signalled.
  void wait(std::chrono::milliseconds timeout) const noexcept;

 private:
  int descriptor_;
};

}  // namespace ragqueue
