#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "ragqueue/canaries.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/log.hpp"
#include "worker/circuit_breaker.hpp"

namespace ragqueue {

/// What all consumers of a worker know of their embedder: while it is down nobody claims, and one at a time
/// asks it again. Before anything is stored its vectors are compared with stored ones, where there are some;
/// now and then they are compared again. Thread-safe.
class EmbedderGate {
 public:
  using OnProbe = std::function<void(bool begins)>;

  /// `on_change` is told when it goes down and when it comes back; both references must live as long.
  EmbedderGate(const Embedder& embedder, const Log& log, std::function<void()> on_change)
      : embedder_(embedder), log_(log), on_change_(std::move(on_change)) {}

  /// Returns true when the embedder answers, as far as is known. Else waits, or probes it, and returns false
  /// for the caller to look around and come again; soon once `stop` is requested. `on_probe` is told when a
  /// probe begins, and when it has ended; it must not throw.
  [[nodiscard]] bool open(const std::stop_token& stop, const OnProbe& on_probe);
  /// Returns false where its vectors are not those that are stored, or it does not answer: what was claimed
  /// is to be given back. Compares them once, and then after a minute at the soonest.
  [[nodiscard]] bool confirm(const std::stop_token& stop, const OnProbe& on_probe);

  /// It is asked again after `retry_after` at the soonest.
  void failed(const std::string& answer, std::chrono::milliseconds retry_after = {});

  /// To be called before all others.
  void compare_with(std::optional<Canaries> canaries) { canaries_ = std::move(canaries); }

  [[nodiscard]] std::optional<EmbedderOutage> outage() const;

 private:
  void wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  [[nodiscard]] bool is_check_due();
  void probe(const std::stop_token& stop);
  void ask(const std::stop_token& stop) const;
  void still_down(const std::string& answer, std::chrono::milliseconds retry_after,
                  const std::stop_token& stop);
  [[nodiscard]] bool is_to_be_told(double seconds);
  void succeeded();
  void abandoned();
  void tell(LogLevel level, std::string message) const;

  const Embedder& embedder_;
  const Log& log_;
  std::function<void()> on_change_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  CircuitBreaker breaker_;
  std::optional<Canaries> canaries_;
  bool compared_ = false;
  CircuitBreaker::Clock::time_point next_check_{};
  std::uint64_t answers_ = 0;
  double next_told_ = 0;  ///< Seconds after the outage began.
};

}  // namespace ragqueue
