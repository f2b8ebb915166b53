#pragma once

#include <chrono>
#include <string>

namespace rag_worker {

/// Tells systemd how the program is; does nothing when systemd did not start it.
class Service {
 public:
  Service();

  void ready() const;
  void status(const std::string& text) const;
  void stopping() const;
  void giving_back() const;
  /// Call often: feeds the watchdog when half of its time is over.
  void alive();

 private:
  std::chrono::steady_clock::duration interval_{};  ///< Zero without a watchdog.
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace rag_worker
