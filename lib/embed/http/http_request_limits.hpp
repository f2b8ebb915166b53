#pragma once

#include <cstddef>
#include <mutex>

#include "embed/http/http_plan.hpp"
#include "embed/http/http_reply_class.hpp"

namespace ragqueue {

/// How much of something a server takes in one request, learnt from what it refuses. After some full requests
/// that passed, more is tried, each time later where that is refused again. Not thread-safe.
class LearntLimit {
 public:
  explicit LearntLimit(std::size_t most) : most_(most), limit_(most) {}

  [[nodiscard]] std::size_t now() const { return limit_; }
  /// No request can have more, whatever the server takes.
  void cap(std::size_t most);
  /// So much was too much; `told` is the server's limit where it says so, else 0.
  void refuse(std::size_t size, std::size_t told);
  void pass(std::size_t size);

 private:
  static constexpr std::size_t first_pause = 16;
  static constexpr std::size_t longest_pause = 1024;

  std::size_t most_;
  std::size_t limit_;
  std::size_t pause_ = first_pause;  ///< Full requests until more is tried.
  std::size_t passed_ = 0;
  std::size_t proven_ = 0;  ///< The limit before more was tried; 0 when none is on trial.
};

/// What a server takes in one request. Thread-safe.
class LearntLimits {
 public:
  explicit LearntLimits(const RequestLimits& most)
      : texts_(most.texts), tokens_(most.tokens), bytes_(most.bytes) {}

  [[nodiscard]] RequestLimits now() const;
  void cap(const RequestLimits& most);
  /// A request was too large in the measure that `reply` tells, but parts of it are not.
  void refuse(const RequestLimits& size, const ReplyClass& reply);
  void pass(const RequestLimits& size);

 private:
  mutable std::mutex mutex_;
  LearntLimit texts_, tokens_, bytes_;  // Guarded by mutex_.
};

}  // namespace ragqueue
