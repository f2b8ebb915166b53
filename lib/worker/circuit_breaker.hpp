#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace ragqueue {

/// Whether a server that failed is asked again, and when. While it is open one probe at a time is let
/// through; a success closes it (M. Nygard, Release It!, "Circuit Breaker"). Pure: callers pass the time. Not
/// thread-safe.
class CircuitBreaker {
 public:
  using Clock = std::chrono::steady_clock;

  struct Outage {
    Clock::time_point since;
    std::string answer;  ///< The last one, in the server's words.
  };

  enum class Admission {
    pass,   ///< Closed: go on.
    probe,  ///< Open, and the caller is to ask once, then to say succeeded(), failed() or abandoned().
    wait,   ///< Open: until next_look(), or until something changes.
  };

  [[nodiscard]] Admission admit(Clock::time_point now);
  [[nodiscard]] Clock::time_point next_look() const {
    return probing_ ? Clock::time_point::max() : next_probe_;
  }

  /// `jitter` is uniform in [0, 1). The server asked not to be asked again before `retry_after`. Returns
  /// whether the breaker was closed until now.
  bool failed(std::string answer, Clock::time_point now, double jitter, Clock::duration retry_after = {});
  /// Closes the breaker; returns the outage that is over.
  std::optional<Outage> succeeded();
  /// The probe ended without an answer.
  void abandoned() { probing_ = false; }

  [[nodiscard]] const std::optional<Outage>& outage() const { return outage_; }

 private:
  std::optional<Outage> outage_;
  Clock::time_point next_probe_{};
  int failures_ = 0;  ///< Of probes, since the breaker opened, and the one that opened it.
  bool probing_ = false;
};

}  // namespace ragqueue
