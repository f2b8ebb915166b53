#pragma once

#include <algorithm>
#include <cstddef>
#include <future>
#include <mutex>
#include <system_error>
#include <vector>

namespace ragqueue {

/// How many threads may compute at once. Each caller is one of them, come what may; others help it while
/// they are not wanted for callers. Thread-safe.
class ThreadBudget {
 public:
  explicit ThreadBudget(std::size_t threads) : threads_(threads) {}

  /// Calls `work` in this thread and, at the same time, in at most `parts - 1` others. Returns when all have
  /// returned; throws what one of them threw.
  template <class Work>
  void run(std::size_t parts, const Work& work) {
    const Share share(*this, parts);
    std::vector<std::future<void>> helpers;  // each is waited for, also when this thread throws
    helpers.reserve(share.helpers());
    try {
      while (helpers.size() < share.helpers())
        helpers.push_back(std::async(std::launch::async, [&work] { work(); }));
    } catch (const std::system_error&) {
      // No thread is to be had: those that there are do it all.
    }
    work();
    for (std::future<void>& helper : helpers) helper.get();
  }

 private:
  class Share {
   public:
    Share(ThreadBudget& budget, std::size_t parts) : budget_(budget) {
      const std::scoped_lock lock(budget_.mutex_);
      const std::size_t left = budget_.threads_ - std::min(budget_.threads_, ++budget_.busy_);
      helpers_ = std::min(left, parts - std::min<std::size_t>(parts, 1));
      budget_.busy_ += helpers_;
    }
    ~Share() {
      const std::scoped_lock lock(budget_.mutex_);
      budget_.busy_ -= helpers_ + 1;
    }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    [[nodiscard]] std::size_t helpers() const { return helpers_; }

   private:
    ThreadBudget& budget_;
    std::size_t helpers_ = 0;
  };

  const std::size_t threads_;
  std::mutex mutex_;
  std::size_t busy_ = 0;  ///< Guarded by mutex_.
};

}  // namespace ragqueue
