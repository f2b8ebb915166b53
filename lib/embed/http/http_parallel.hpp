#pragma once

#include <chrono>
#include <cstddef>

namespace ragqueue {

/// Seconds that a piece of work takes, from answers with unequal amounts of it.
class Pace {
 public:
  void add(double work, double seconds);
  [[nodiscard]] std::size_t count() const { return count_; }
  /// Seconds a piece; of the sums, so that a small call's overhead weighs little.
  [[nodiscard]] double value() const { return seconds_ / work_; }
  /// Its standard error, as a share of it: that of a ratio estimator (Cochran, Sampling Techniques, 6.3).
  [[nodiscard]] double error() const;

 private:
  std::size_t count_ = 0;
  double work_ = 0, seconds_ = 0;
  double work_squared_ = 0, seconds_squared_ = 0, product_ = 0;
};

/// How many calls a server should have at once, found by measuring.
///
/// By Little's law (1961), a server that with L calls in flight takes r times as long as it does when none
/// waits for another serves L / r at once. Outside of a trial so many are in flight and three tenths as many,
/// at least one, besides, so that a slot that becomes free finds a call waiting.
///
/// A trial sends fewer for some answers, to learn how long a call takes that waits for none, and then as many
/// as before, to compare. Where these hardly wait it sends twice as many for some answers, again and again
/// while the work goes a fifth quicker for it. Trials grow rare while they find the same; they come soon when
/// throughput changes. Fewer answers do where answers take much the same time, and estimates that agree are
/// averaged, so that chance neither raises nor lowers the number by much, nor for long.
///
/// A server that refuses for being busy gets half as many until it is measured again, and never again what it
/// refused but for one more at each trial.
///
/// Decides only, without a clock. Not thread-safe.
class ParallelLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Between `least` and `most`, both at least 1.
  ParallelLimit(std::size_t least, std::size_t most);

  [[nodiscard]] std::size_t limit() const { return limit_; }
  /// A trial is on.
  [[nodiscard]] bool trying() const { return phase_ != Phase::rest; }

  /// A call sent at `started` was answered with so much work done. `contended`: more calls would have been
  /// made, had the limit allowed it; only then does the time tell anything.
  void finished(Time started, Time now, double work, bool contended);

  /// A call sent at `started` was refused because the server has too many. Returns whether fewer are in
  /// flight from now on, so that the call may be tried again at once.
  [[nodiscard]] bool refused(Time started, Time now);

 private:
  enum class Phase { fewer, same, more, rest };

  [[nodiscard]] bool measured() const;
  void judge();
  void judge_same();
  void judge_more();
  void judge_rest();
  void start_trial(double fewer);
  void try_more();
  void learn(double estimate, bool certain);
  void set_limit(std::size_t limit);
  [[nodiscard]] std::size_t usual() const;

  const std::size_t least_;
  const std::size_t most_;
  std::size_t ceiling_;  ///< Not refused as too many of late.
  double served_;        ///< At once, as far as is known.
  int estimates_ = 0;    ///< That `served_` is the mean of.

  // The trial that is on, or was last.
  Phase phase_ = Phase::fewer;
  std::size_t fewer_;        ///< Calls in flight in its first phase.
  std::size_t answers_ = 0;  ///< That this took to measure.
  double unhindered_ = 0;    ///< Seconds a piece of work then.
  double estimate_ = 0;      ///< Of what is served at once.
  bool rewarded_ = false;    ///< By more throughput for more calls.
  std::size_t before_ = 0;   ///< Calls in flight before there were more.
  double throughput_ = 0;    ///< With so many.

  // Between trials.
  std::size_t pause_;       ///< In answers for each of those that the trial before took.
  std::size_t rested_ = 0;  ///< Answers.
  std::size_t windows_ = 0;
  double usual_throughput_ = 0;  ///< Of so many windows.
  int odd_ = 0;                  ///< Windows that were quicker, or slower when negative, less the others.

  Time last_step_down_{};

  // What is being measured.
  std::size_t limit_;
  std::size_t settling_ = 0;  ///< Calls left that were sent before it.
  Pace pace_;
};

}  // namespace ragqueue
