#pragma once

#include <chrono>
#include <cstddef>

namespace ragqueue {

/// How many calls a server should have at once, found by measuring. What counts is throughput: the limit is
/// doubled, or halved, to see whether work goes measurably quicker, or no slower. Half as many again as that
/// number are then kept in flight, so that a slot that becomes free finds a call waiting. A server that
/// refuses for being busy gets half as many. Hill climbing with multiplicative decrease, as in TCP's
/// congestion control; decides only, without a clock. Not thread-safe.
class ParallelLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Between `least` and `most`, both at least 1.
  ParallelLimit(std::size_t least, std::size_t most);

  [[nodiscard]] std::size_t limit() const { return limit_; }

  /// A call was answered with so much work done. `contended`: more calls would have been made, had the limit
  /// allowed it; only then does the time tell anything.
  void finished(Time now, double work, bool contended);

  /// A call sent at `started` was refused because the server has too many. Returns whether fewer are in
  /// flight from now on, so that the call may be tried again at once.
  [[nodiscard]] bool refused(Time started, Time now);

 private:
  enum class Trial { none, more, fewer };

  void judge(double rate);
  void judge_trial(double rate);
  void rest(double rate);
  void start_trial(Trial trial);
  void settle();
  void set_limit(std::size_t limit);
  void keep(std::size_t served, double rate);

  const std::size_t least_;
  const std::size_t most_;
  std::size_t limit_;
  std::size_t served_;   ///< At once, as far as is known.
  std::size_t ceiling_;  ///< Not refused as too many of late.
  Trial trial_ = Trial::none;
  bool searching_ = true;  ///< The first trials follow each other.
  bool rose_ = false;
  double rate_ = 0;  ///< Of `served_` calls.
  std::size_t pause_;
  std::size_t windows_ = 0;  ///< Since the last trial.
  bool fewer_next_ = false;
  int slow_ = 0, fast_ = 0;  ///< Windows in a row that were much slower, or quicker, than rate_.
  Time last_step_down_{};

  // The window being measured.
  std::size_t settling_;  ///< Calls left that were sent before it.
  std::size_t count_ = 0;
  double work_ = 0;
  Time begin_{};
};

}  // namespace ragqueue
