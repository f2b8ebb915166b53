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

bool EmbedderGate::open(const std::stop_token& stop, const OnProbe& on_probe) {
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

bool EmbedderGate::confirm(const std::stop_token& stop, const OnProbe& on_probe) {
  std::unique_lock lock(mutex_);
  if (!canaries_) return true;
  if (is_check_due()) {
    lock.unlock();
    on_probe(true);
    probe(stop);
    on_probe(false);
    lock.lock();
  } else if (!compared_) {  // Another does.
    changed_.wait(lock, stop, [this, seen = answers_] { return answers_ != seen; });
  }
  return compared_ && !breaker_.outage();
}

/// For one of those who ask.
bool EmbedderGate::is_check_due() {
  constexpr std::chrono::minutes between(1);
  const auto now = Clock::now();
  if (now < next_check_) return false;
  next_check_ = now + between;
  return true;
}

void EmbedderGate::wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const auto until = std::min(breaker_.next_look(), Clock::now() + std::chrono::hours(1));
  changed_.wait_until(lock, stop, until, [this, seen = answers_] { return answers_ != seen; });
}

void EmbedderGate::probe(const std::stop_token& stop) {
  try {
    ask(stop);
    if (stop.stop_requested()) return abandoned();
    succeeded();
  } catch (const EmbedderBusy& busy) {
    still_down(busy.what(), busy.retry_after(), stop);
  } catch (...) {
    still_down(words_of_thrown(), {}, stop);
  }
}

void EmbedderGate::ask(const std::stop_token& stop) const {
  if (canaries_) return check_canaries(*canaries_, embedder_, stop);
  std::vector<float> vector(embedder_.dimension());
  const auto rejected = embedder_.embed({&probe_text, 1}, Purpose::document, vector, stop);
  if (rejected.empty() && !stop.stop_requested()) check_vectors(vector, embedder_.dimension());
}

void EmbedderGate::still_down(const std::string& answer, std::chrono::milliseconds retry_after,
                              const std::stop_token& stop) {
  if (stop.stop_requested()) return abandoned();
  failed(answer, retry_after);
  if (const auto now = outage(); now && is_to_be_told(now->seconds)) {
    tell(LogLevel::info,
         fmt::format("the embedder has been down for {:.1f} s: {}", now->seconds, now->answer));
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

void EmbedderGate::failed(const std::string& answer, std::chrono::milliseconds retry_after) {
  bool opened = false;
  {
    const std::scoped_lock lock(mutex_);
    opened = breaker_.failed(answer, Clock::now(), jitter(), retry_after);
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
    compared_ = true;
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
    next_check_ = {};
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
