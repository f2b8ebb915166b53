#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

namespace ragqueue {

/// How long a call is waited for, from how long calls have been taking: their mean and its deviation,
/// smoothed (V. Jacobson, Congestion Avoidance and Control, 1988). A call that takes far longer than its like
/// hangs. Thread-safe.
class CallTimeout {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// `longest` is waited for as long as nothing is known.
  explicit CallTimeout(Milliseconds longest) : longest_(longest) {}

  /// A call with so much work was answered.
  void answered(double work, std::chrono::duration<double> took);
  /// A call was not answered in time, though the server serves others.
  void missed();
  /// The server serves nobody in time, as when it loads a model: the next call is waited for twice as long.
  void gave_up();

  /// For a call with so much work, from sending it to its last byte.
  [[nodiscard]] Milliseconds of(double work) const;
  /// For a call that tells whether the server serves at all.
  [[nodiscard]] Milliseconds of_probe() const;

 private:
  const Milliseconds longest_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::size_t answers_ = 0;
  double work_ = 0;       ///< Of a call, smoothed.
  double seconds_ = 0;    ///< That it takes, smoothed.
  double deviation_ = 0;  ///< Of these, smoothed.
  double misses_ = 1;     ///< Doubled by each, and halved by answers.
  int given_up_ = 0;      ///< Times in a row.
};

}  // namespace ragqueue
