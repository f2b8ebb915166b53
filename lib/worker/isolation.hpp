#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "ragqueue/log.hpp"
#include "ragqueue/process.hpp"
#include "ragqueue/request.hpp"

namespace ragqueue {

/// Organizations at whose texts the embedder failed, one after the other, while it served others. Their jobs
/// run apart from all others and behind them, a few at a time, and for a fifth of the time at most, until one
/// of their texts is embedded. Thread-safe.
class Isolation {
 public:
  using Clock = std::chrono::steady_clock;

  /// `log` must live as long.
  explicit Isolation(const Log& log) : log_(log) {}

  /// Which jobs of a batch run together, those of no suspected organization first.
  class Plan {
   public:
    ~Plan();
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;

    [[nodiscard]] const std::vector<std::vector<Job>>& groups() const { return groups_; }
    /// Those to be given back for so long.
    [[nodiscard]] const std::vector<Job>& postponed() const { return postponed_; }
    [[nodiscard]] std::chrono::milliseconds pause() const { return pause_; }

   private:
    friend class Isolation;
    Plan(Isolation& isolation, std::span<const Job> batch);

    Isolation& isolation_;
    std::vector<std::vector<Job>> groups_;
    std::vector<Job> postponed_;
    std::chrono::milliseconds pause_{0};
    std::vector<Uuid>
        tried_;  ///< Suspected organizations of which no other plan has jobs until this one ends.
  };

  [[nodiscard]] Plan plan(std::span<const Job> batch) { return {*this, batch}; }
  /// What came of a group, which took so long.
  void learn(const BatchResult& result, Clock::duration took);

 private:
  struct Suspicion {
    Clock::time_point next_try;
    bool tried = false;
  };

  void end_tries(std::span<const Uuid> organizations);
  void tell(LogLevel level, std::string message, const Uuid& organization) const;

  const Log& log_;
  std::mutex mutex_;
  std::map<Uuid, Suspicion> suspicions_;
};

}  // namespace ragqueue
