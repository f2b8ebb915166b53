#include "worker/source_gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ragqueue {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{500};
/// A type that was repaired goes on within seconds.
constexpr milliseconds longest_growing_pause{5'000};
/// A question that takes long is asked rarely: no more than a fifth of a consumer's time goes into it.
constexpr int pause_per_time_taken = 4;
constexpr milliseconds longest_pause{120'000};
constexpr std::chrono::minutes between_reminders{1};

double seconds_since(SourceGate::Clock::time_point past) {
  return std::chrono::duration<double>(SourceGate::Clock::now() - past).count();
}

}  // namespace

SourceGate::Admission::~Admission() {
  gate_.end_tries(tried_);
}

SourceGate::Admission SourceGate::admit() {
  std::vector<std::string> left_out, tried;
  const auto now = Clock::now();
  const std::scoped_lock lock(mutex_);
  for (auto& [type, wait] : waits_) {
    if (!wait.tried && now >= wait.next_try) {
      wait.tried = true;
      tried.push_back(type);
    } else {
      left_out.push_back(type);
    }
  }
  return {*this, std::move(left_out), std::move(tried)};
}

/// A type of which no job has come for a while is forgotten.
void SourceGate::end_tries(std::span<const std::string> source_types) {
  const std::scoped_lock lock(mutex_);
  const auto now = Clock::now();
  for (const std::string& type : source_types) {
    const auto wait = waits_.find(type);
    if (wait == waits_.end()) continue;
    wait->second.tried = false;
    wait->second.next_try = std::max(wait->second.next_try, now + first_pause);
    if (now - wait->second.failed >= std::chrono::minutes(1)) waits_.erase(wait);
  }
}

void SourceGate::learn(const BatchResult& result) {
  for (const std::string& type : result.types_read) read(type);
  for (const SourceFault& fault : result.source_faults) failed(fault);
}

void SourceGate::failed(const SourceFault& fault) {
  bool opened = false, remind = false;
  double seconds = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto now = Clock::now();
    Wait& wait = waits_[fault.source_type];
    opened = wait.reason.empty();
    if (opened) wait.since = wait.told = now;
    wait.reason = fault.error.what();
    wait.failed = now;
    // Questions that were under way when it began to wait tell nothing new.
    if (opened || wait.tried) {
      wait.pause = std::clamp(2 * wait.pause, first_pause, longest_growing_pause);
      wait.next_try = now + std::max(wait.pause, std::min(pause_per_time_taken * fault.took, longest_pause));
    }
    remind = now - wait.told >= between_reminders;
    if (remind) wait.told = now;
    seconds = seconds_since(wait.since);
  }
  if (opened) {
    on_change_();
    tell(LogLevel::warning,
         fmt::format("source type '{}' cannot be read, its jobs wait unspent: {}", fault.source_type,
                     fault.error.what()),
         fault.source_type);
  } else if (remind) {
    tell(LogLevel::warning,
         fmt::format("source type '{}' has waited for {:.0f} s: {}", fault.source_type, seconds,
                     fault.error.what()),
         fault.source_type);
  }
}

void SourceGate::read(const std::string& source_type) {
  double seconds = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto wait = waits_.find(source_type);
    // Only a claim that tries it tells of now; another may have asked before the fault.
    if (wait == waits_.end() || !wait->second.tried) return;
    seconds = seconds_since(wait->second.since);
    waits_.erase(wait);
  }
  on_change_();
  tell(LogLevel::info,
       fmt::format("source type '{}' can be read again, after {:.1f} s", source_type, seconds), source_type);
}

void SourceGate::tell(LogLevel level, std::string message, const std::string& source_type) const {
  if (log_) log_({level, std::move(message), {{"source_type", source_type}}});
}

std::vector<WaitingSource> SourceGate::waiting() const {
  const std::scoped_lock lock(mutex_);
  std::vector<WaitingSource> waiting;
  for (const auto& [type, wait] : waits_) {
    waiting.push_back({.source_type = type, .seconds = seconds_since(wait.since), .reason = wait.reason});
  }
  return waiting;
}

std::optional<milliseconds> SourceGate::until_next_try() const {
  const std::scoped_lock lock(mutex_);
  std::optional<milliseconds> least;
  for (const auto& [type, wait] : waits_) {
    if (wait.tried) continue;
    const auto left = std::chrono::ceil<milliseconds>(wait.next_try - Clock::now());
    least = std::min(least.value_or(left), left);
  }
  if (least) least = std::max(*least, milliseconds(0));
  return least;
}

}  // namespace ragqueue
