#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <string>

namespace ragqueue::bench {

/// A consumer that sleeps until the database tells it of a request.
class Sleeper {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~Sleeper() = default;
  /// In a transaction of its own, with the NOTIFY if one is due.
  virtual void enqueue(unsigned number) = 0;
  /// Returns once a request finds the consumer asleep, or with `idle` false, once it is known to work.
  virtual void wait_until(bool idle) = 0;
  /// Where it listens.
  [[nodiscard]] virtual std::string channel() const = 0;

  /// When the consumer held the next request, claimed and committed.
  [[nodiscard]] Clock::time_point wait_for_start() {
    constexpr std::chrono::seconds patience(30);
    if (!started_.try_acquire_for(patience)) throw std::runtime_error("a request was not started");
    return start_;
  }

  /// Whoever locks it keeps the consumer at the request that it starts next.
  std::mutex work;

 protected:
  /// By the consumer. Throws nothing.
  void begin_work() {
    start_ = Clock::now();
    started_.release();
    const std::scoped_lock lock(work);
  }

 private:
  Clock::time_point start_;
  std::counting_semaphore<> started_{0};
};

/// Bare SQL, prepared: one thread that listens, claims and completes.
[[nodiscard]] std::unique_ptr<Sleeper> baseline_sleeper(const std::string& conninfo);
/// A Worker with one consumer, and sources that are all gone.
[[nodiscard]] std::unique_ptr<Sleeper> our_sleeper(const std::string& conninfo);

}  // namespace ragqueue::bench
