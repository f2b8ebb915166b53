#include "worker/suspects.hpp"

#include <utility>

namespace ragqueue {

namespace {
constexpr int runs_alone_after = 3;
constexpr int charged_after = 8;
}  // namespace

int Suspects::interruptions(const Job& job) const {
  const auto found = interruptions_.find(job.id);
  return found == interruptions_.end() ? 0 : found->second;
}

std::vector<std::vector<Job>> Suspects::apart(std::span<const Job> batch) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::vector<Job>> groups;
  std::vector<Job> others;
  for (const Job& job : batch) {
    if (interruptions(job) >= runs_alone_after) {
      groups.push_back({job});
    } else {
      others.push_back(job);
    }
  }
  if (!others.empty()) groups.insert(groups.begin(), std::move(others));
  return groups;
}

bool Suspects::charged(std::span<const Job> group) const {
  const std::scoped_lock lock(mutex_);
  return group.size() == 1 && interruptions(group.front()) >= charged_after;
}

void Suspects::interrupted(std::span<const Job> group) {
  const std::scoped_lock lock(mutex_);
  for (const Job& job : group) ++interruptions_[job.id];
}

void Suspects::settled(std::span<const Job> group) {
  const std::scoped_lock lock(mutex_);
  for (const Job& job : group) interruptions_.erase(job.id);
}

}  // namespace ragqueue
