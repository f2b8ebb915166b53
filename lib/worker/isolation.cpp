#include "worker/isolation.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace ragqueue {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t jobs_of_a_try = 8;
constexpr int pause_per_time_taken = 4;
constexpr milliseconds shortest_pause{500};
constexpr milliseconds longest_pause{60'000};

}  // namespace

Isolation::Plan::Plan(Isolation& isolation, std::span<const Job> batch) : isolation_(isolation) {
  std::vector<Job> others;
  std::map<Uuid, std::vector<Job>> tries;
  const auto now = Clock::now();
  const std::scoped_lock lock(isolation.mutex_);
  for (const Job& job : batch) {
    const Uuid& organization = job.request.source.organization_id;
    const auto found = isolation.suspicions_.find(organization);
    if (found == isolation.suspicions_.end() || job.request.action == Action::remove) {
      others.push_back(job);
      continue;
    }
    const Suspicion& suspicion = found->second;
    const bool is_due = !suspicion.tried && now >= suspicion.next_try;
    if (is_due && tries[organization].size() < jobs_of_a_try) {
      tries[organization].push_back(job);
    } else {
      postponed_.push_back(job);
      pause_ = std::max({pause_, shortest_pause, std::chrono::ceil<milliseconds>(suspicion.next_try - now)});
    }
  }
  if (!others.empty()) groups_.push_back(std::move(others));
  for (auto& [organization, jobs] : tries) {
    isolation.suspicions_[organization].tried = true;
    tried_.push_back(organization);
    groups_.push_back(std::move(jobs));
  }
}

Isolation::Plan::~Plan() {
  isolation_.end_tries(tried_);
}

void Isolation::end_tries(std::span<const Uuid> organizations) {
  const std::scoped_lock lock(mutex_);
  for (const Uuid& organization : organizations) {
    const auto suspicion = suspicions_.find(organization);
    if (suspicion == suspicions_.end()) continue;
    suspicion->second.tried = false;
    suspicion->second.next_try = std::max(suspicion->second.next_try, Clock::now() + shortest_pause);
  }
}

void Isolation::learn(const BatchResult& result, Clock::duration took) {
  std::vector<Uuid> begun, over;
  {
    const std::scoped_lock lock(mutex_);
    for (const Uuid& organization : result.served) {
      if (suspicions_.erase(organization) > 0) over.push_back(organization);
    }
    const auto pause =
        std::clamp<Clock::duration>(pause_per_time_taken * took, shortest_pause, longest_pause);
    for (const Uuid& organization : result.not_served) {
      const auto [suspicion, is_new] = suspicions_.try_emplace(organization);
      suspicion->second.next_try = Clock::now() + pause;
      if (is_new) begun.push_back(organization);
    }
  }
  for (const Uuid& organization : begun) {
    tell(LogLevel::warning,
         "the embedder fails at texts of this organization, and serves others: its jobs wait behind theirs",
         organization);
  }
  for (const Uuid& organization : over)
    tell(LogLevel::info, "the embedder serves this organization again", organization);
}

void Isolation::tell(LogLevel level, std::string message, const Uuid& organization) const {
  if (log_) log_({level, std::move(message), {{"organization_id", organization.to_string()}}});
}

}  // namespace ragqueue
