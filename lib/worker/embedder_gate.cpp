#include "worker/embedder_gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

#include "worker/thrown.hpp"

namespace ragqueue {

namespace {

using Clock = CircuitBreaker::Clock;

constexpr std::string_view probe_text = "ping";

double jitter() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<>{}(random);
}

double seconds_since(Clock::time_point past) {
  return std::chrono::duration<double>(Clock::now() - past).count();
}

}  // namespace

bool EmbedderGate::open(const std::stop_token& stop, const std::function<void(bool begins)>& on_probe) {
  std::unique_lock lock(mutex_);
  switch (breaker_.admit(Clock::now())) {
    case CircuitBreaker::Admission::pass:
      return true;
    case CircuitBreaker::Admission::wait:
      wait(lock, stop);
      return false;
    case CircuitBreaker::Admission::probe:
      lock.unlock();
      on_probe(true);
      probe(stop);
      on_probe(false);
      return false;
  }
  return true;
}

void EmbedderGate::wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const auto until = std::min(breaker_.next_look(), Clock::now() + std::chrono::hours(1));
  changed_.wait_until(lock, stop, until, [this, seen = answers_] { return answers_ != seen; });
}

void EmbedderGate::probe(const std::stop_token& stop) {
  std::vector<float> vector(embedder_.dimension());
  try {
    const auto rejected = embedder_.embed({&probe_text, 1}, Purpose::document, vector, stop);
    if (stop.stop_requested()) return abandoned();
    if (rejected.empty()) check_vectors(vector, embedder_.dimension());
    succeeded();
  } catch (...) {
    if (stop.stop_requested()) return abandoned();
    failed(words_of_thrown());
    if (const auto now = outage(); now && is_to_be_told(now->seconds)) {
      tell(LogLevel::info,
           fmt::format("the embedder has been down for {:.1f} s: {}", now->seconds, now->answer));
    }
  }
}

/// Of an outage that lasts, ever rarer.
bool EmbedderGate::is_to_be_told(double seconds) {
  constexpr double growth = 4, longest = 600;
  const std::scoped_lock lock(mutex_);
  if (seconds < next_told_) return false;
  next_told_ = std::min(growth * seconds, seconds + longest);
  return true;
}

void EmbedderGate::failed(const std::string& answer) {
  bool opened = false;
  {
    const std::scoped_lock lock(mutex_);
    opened = breaker_.failed(answer, Clock::now(), jitter());
    if (opened) next_told_ = 0;
    ++answers_;
  }
  changed_.notify_all();
  if (!opened) return;
  on_change_();
  tell(LogLevel::warning,
       fmt::format("the embedder is down, jobs wait unspent until it answers: {}", answer));
}

void EmbedderGate::succeeded() {
  std::optional<CircuitBreaker::Outage> over;
  {
    const std::scoped_lock lock(mutex_);
    over = breaker_.succeeded();
    ++answers_;
  }
  changed_.notify_all();
  if (!over) return;
  on_change_();
  tell(LogLevel::info, fmt::format("the embedder answers again, after {:.1f} s", seconds_since(over->since)));
}

void EmbedderGate::abandoned() {
  {
    const std::scoped_lock lock(mutex_);
    breaker_.abandoned();
    ++answers_;
  }
  changed_.notify_all();
}

void EmbedderGate::tell(LogLevel level, std::string message) const {
  if (log_) log_({level, std::move(message), {{"embedder", std::string(embedder_.name())}}});
}

std::optional<EmbedderOutage> EmbedderGate::outage() const {
  const std::scoped_lock lock(mutex_);
  const auto& outage = breaker_.outage();
  if (!outage) return std::nullopt;
  return EmbedderOutage{.seconds = seconds_since(outage->since), .answer = outage->answer};
}

}  // namespace ragqueue
