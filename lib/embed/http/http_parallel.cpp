#include "embed/http/http_parallel.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ragqueue {

namespace {

constexpr double first_guess = 3;  // served at once
constexpr double spare = 0.3;      // of what is served at once, and 1 at least, waits
constexpr double fewer_share = 0.75;
constexpr double fewer_still = 0.5;   // where those wait as well
constexpr double waiting = 1.15;      // served at once, for each of the fewer: less means that they wait
constexpr double queued = 0.7;        // of the calls are served at once: more of them are of no use
constexpr double reward = 1.2;        // in throughput, for twice as many
constexpr double least_rise = 1.5;    // in calls, to be worth a trial
constexpr double much_changed = 1.4;  // either way: what was known before is not averaged in
constexpr int memory = 4;             // estimates

constexpr std::size_t least_answers = 6;
constexpr std::size_t first_answers = 24;  // at most, while nothing is known
constexpr std::size_t most_answers = 48;
constexpr double good_error = 0.07;
constexpr std::size_t first_comparison = 2;  // times as many answers as with fewer calls in flight
constexpr std::size_t comparison = 3;        // costs nothing where slots are all taken

// Answers between trials, for each that the one before took with fewer calls in flight.
constexpr std::size_t shortest_pause = 32;
constexpr std::size_t longest_pause = 1024;
constexpr std::size_t least_paused_for = 30;  // such answers, at least
constexpr std::size_t window = 32;            // answers
constexpr double slower = 1.3;
constexpr double quicker = 1.12;  // five calls in flight gain a quarter by a slot more than four
constexpr int convincing = 6;     // windows
constexpr double least_weight = 0.1;

}  // namespace

void Pace::add(double work, double seconds) {
  ++count_;
  work_ += work;
  seconds_ += seconds;
  work_squared_ += work * work;
  seconds_squared_ += seconds * seconds;
  product_ += work * seconds;
}

double Pace::error() const {
  const double ratio = value();
  const double residuals = seconds_squared_ - 2 * ratio * product_ + ratio * ratio * work_squared_;
  return std::sqrt(std::max(residuals, 0.0)) / seconds_;
}

ParallelLimit::ParallelLimit(std::size_t least, std::size_t most)
    : least_(least),
      most_(std::max(least, most)),
      ceiling_(most_),
      served_(std::clamp(first_guess, static_cast<double>(least_), static_cast<double>(most_))),
      fewer_(least_),
      pause_(shortest_pause),
      limit_(least_) {
  start_trial(served_ * fewer_share);
}

void ParallelLimit::finished(Time started, Time now, double work, bool contended) {
  if (!contended) {
    settling_ = limit_;
    pace_ = {};
    if (phase_ == Phase::more) learn(estimate_, rewarded_);  // There are no more.
    return;
  }
  if (settling_ > 0) {
    --settling_;
    return;
  }
  pace_.add(work, std::chrono::duration<double>(now - started).count());
  if (!measured()) return;
  if (pace_.value() > 0) judge();
  pace_ = {};
}

bool ParallelLimit::measured() const {
  const std::size_t count = pace_.count();
  switch (phase_) {
    case Phase::fewer:
      return count >= (estimates_ == 0 ? first_answers : most_answers) ||
             (count >= least_answers && pace_.error() <= good_error);
    case Phase::rest:
      return count >= std::max(window, limit_);
    default:
      return count >= std::max(answers_ * (estimates_ == 0 ? first_comparison : comparison), limit_);
  }
}

void ParallelLimit::judge() {
  switch (phase_) {
    case Phase::fewer:
      answers_ = pace_.count();
      unhindered_ = pace_.value();
      phase_ = Phase::same;
      return set_limit(usual());
    case Phase::same:
      return judge_same();
    case Phase::more:
      return judge_more();
    case Phase::rest:
      return judge_rest();
  }
}

void ParallelLimit::judge_same() {
  const auto limit = static_cast<double>(limit_);
  throughput_ = limit / pace_.value();
  estimate_ = throughput_ * unhindered_;
  rewarded_ = false;
  if (estimate_ < waiting * static_cast<double>(fewer_) && fewer_ > least_) {
    return start_trial(static_cast<double>(fewer_) * fewer_still);
  }
  if (estimate_ < queued * limit) return learn(estimate_, false);
  try_more();
}

void ParallelLimit::try_more() {
  if (static_cast<double>(limit_) * least_rise > static_cast<double>(ceiling_))
    return learn(estimate_, rewarded_);
  phase_ = Phase::more;
  before_ = limit_;
  set_limit(std::min(limit_ * 2, ceiling_));
}

void ParallelLimit::judge_more() {
  const double throughput = static_cast<double>(limit_) / pace_.value();
  const double gain = throughput / throughput_;
  if (gain < reward) return learn(estimate_, rewarded_);
  estimate_ = std::min(static_cast<double>(before_) * gain, static_cast<double>(limit_));
  rewarded_ = true;
  throughput_ = throughput;
  try_more();
}

void ParallelLimit::learn(double estimate, bool certain) {
  if (certain || std::max(estimate / served_, served_ / estimate) > much_changed) {
    estimates_ = 0;
    windows_ = 0;
    pause_ = shortest_pause;
  }
  estimates_ = std::min(estimates_ + 1, memory);
  served_ = std::max(served_ * std::pow(estimate / served_, 1.0 / estimates_), 1.0);
  phase_ = Phase::rest;
  rested_ = 0;
  odd_ = 0;
  set_limit(usual());
}

void ParallelLimit::judge_rest() {
  const double throughput = static_cast<double>(limit_) / pace_.value();
  if (windows_++ == 0) usual_throughput_ = throughput;
  if (throughput * slower < usual_throughput_) {
    --odd_;
  } else if (throughput > usual_throughput_ * quicker) {
    ++odd_;
  } else {
    if (odd_ != 0) odd_ += odd_ < 0 ? 1 : -1;
    const double weight = std::max(1.0 / static_cast<double>(windows_), least_weight);
    usual_throughput_ += weight * (throughput - usual_throughput_);
  }
  rested_ += pace_.count();
  if (std::abs(odd_) == convincing) {
    pause_ = shortest_pause;
  } else if (rested_ < pause_ * std::max(answers_, least_paused_for)) {
    return;
  } else {
    pause_ = std::min(pause_ * 2, longest_pause);
    ceiling_ = std::min(ceiling_ + 1, most_);
  }
  start_trial(served_ * fewer_share);
}

void ParallelLimit::start_trial(double fewer) {
  const auto whole = [](double calls) { return static_cast<std::size_t>(std::lround(calls)); };
  phase_ = Phase::fewer;
  fewer_ = std::clamp(std::min(whole(fewer), std::max(whole(served_), std::size_t{2}) - 1), least_, ceiling_);
  set_limit(fewer_);
}

std::size_t ParallelLimit::usual() const {
  const double besides = std::max(served_ * spare, 1.0);
  return std::clamp(static_cast<std::size_t>(std::lround(served_ + besides)), least_, ceiling_);
}

void ParallelLimit::set_limit(std::size_t limit) {
  // As many as were in flight under the old limit count for neither.
  settling_ = std::max(limit_, limit);
  limit_ = limit;
  pace_ = {};
}

bool ParallelLimit::refused(Time started, Time now) {
  if (started < last_step_down_) return true;
  if (limit_ <= least_) return false;
  last_step_down_ = now;
  ceiling_ = std::max(limit_ - 1, least_);
  served_ = std::min(served_, static_cast<double>(ceiling_));
  start_trial(static_cast<double>(limit_) / 2);
  return true;
}

}  // namespace ragqueue
