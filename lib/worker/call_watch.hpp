#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/request.hpp"
#include "ragqueue/worker.hpp"

namespace ragqueue {

/// In which call of an extension point each consumer is, for which job, if any, and since when. Callers pass
/// the time. Thread-safe.
class CallWatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// Calls are told of each time they have lasted for another `interval`.
  CallWatch(std::size_t consumers, Clock::duration interval)
      : interval_(interval), calls_(consumers), steps_(consumers) {}

  void begin(std::size_t consumer, std::string_view extension_point, const std::optional<SourceKey>& source,
             Clock::time_point now);
  void end(std::size_t consumer);
  /// What the consumer does besides its calls, from now on.
  void step(std::size_t consumer, std::string_view name, Clock::time_point now);
  /// Nothing where the consumer is in none.
  [[nodiscard]] std::optional<std::string> describe(std::size_t consumer, Clock::time_point now) const;

  [[nodiscard]] std::vector<ConsumerState> consumers(Clock::time_point now) const;
  /// Of the longest of the calls that have not returned; zero where there is none.
  [[nodiscard]] Clock::duration longest(Clock::time_point now) const;

  /// What is to be told of calls that do not return.
  [[nodiscard]] std::vector<std::string> overdue(Clock::time_point now);

 private:
  struct Call {
    std::string extension_point;
    std::optional<SourceKey> source;
    Clock::time_point since, next;
  };
  [[nodiscard]] static std::string words(const Call& call, Clock::time_point now);

  Clock::duration interval_;
  mutable std::mutex mutex_;
  std::vector<std::optional<Call>> calls_;
  struct Step {
    std::string name = "starting";
    Clock::time_point since = Clock::now();
  };
  std::vector<Step> steps_;
};

}  // namespace ragqueue
