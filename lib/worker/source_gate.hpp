#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ragqueue/lease.hpp"
#include "ragqueue/log.hpp"
#include "ragqueue/process.hpp"

namespace ragqueue {

/// What all consumers of a worker know of source types that cannot be read: claims leave them out, and after
/// a pause, which grows, one claim at a time tries again. Thread-safe.
class SourceGate {
 public:
  using Clock = std::chrono::steady_clock;

  /// Which types a claim is to leave out, and which it alone tries again, until it ends.
  class Admission {
   public:
    ~Admission();
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;

    [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }
    [[nodiscard]] bool tries_any() const { return !tried_.empty(); }

   private:
    friend class SourceGate;
    Admission(SourceGate& gate, std::vector<std::string> left_out, std::vector<std::string> tried)
        : gate_(gate), left_out_(std::move(left_out)), tried_(std::move(tried)) {}

    SourceGate& gate_;
    std::vector<std::string> left_out_, tried_;
  };

  /// `on_change` is told when a type begins or ceases to wait; both references must live as long.
  SourceGate(const Log& log, std::function<void()> on_change) : log_(log), on_change_(std::move(on_change)) {}

  [[nodiscard]] Admission admit();
  /// What a batch found out.
  void learn(const BatchResult& result);

  [[nodiscard]] std::vector<WaitingSource> waiting() const;
  /// Until a claim may try a type again; nothing when none waits.
  [[nodiscard]] std::optional<std::chrono::milliseconds> until_next_try() const;

 private:
  struct Wait {
    Clock::time_point since, failed, next_try, told;
    std::chrono::milliseconds pause{0};
    std::string reason;
    bool tried = false;  ///< By a claim that has not ended yet.
  };

  void failed(const SourceFault& fault);
  void read(const std::string& source_type);
  void end_tries(std::span<const std::string> source_types);
  void tell(LogLevel level, std::string message, const std::string& source_type) const;

  const Log& log_;
  std::function<void()> on_change_;
  mutable std::mutex mutex_;
  std::map<std::string, Wait> waits_;
};

}  // namespace ragqueue
