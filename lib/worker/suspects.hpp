#pragma once

#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "ragqueue/request.hpp"

namespace ragqueue {

/// Jobs in whose batches the embedder went down. One that it happens to again and again, though the embedder
/// answers in between, is taken for the cause: first it runs alone, so that it holds up no others, then it is
/// charged for it. Thread-safe.
class Suspects {
 public:
  /// Splits a batch: suspects alone, all others together.
  [[nodiscard]] std::vector<std::vector<Job>> apart(std::span<const Job> batch) const;
  /// Whether what this group meets is its own fault now.
  [[nodiscard]] bool charged(std::span<const Job> group) const;

  void interrupted(std::span<const Job> group);
  void settled(std::span<const Job> group);

 private:
  [[nodiscard]] int interruptions(const Job& job) const;

  mutable std::mutex mutex_;
  std::map<Uuid, int> interruptions_;
};

}  // namespace ragqueue
