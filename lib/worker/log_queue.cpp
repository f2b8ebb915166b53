#include "worker/log_queue.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

namespace ragqueue {

struct LogQueue::State {
  explicit State(Log told) : log(std::move(told)) {}

  const Log log;
  std::mutex mutex{};
  std::condition_variable changed{};
  // Guarded by mutex.
  std::deque<LogEntry> entries{};
  std::size_t dropped = 0;
  bool closed = false, left_behind = false, ended = false;

  void push(const LogEntry& entry) {
    constexpr std::size_t most = 10'000;
    {
      const std::scoped_lock lock(mutex);
      if (closed) return;
      if (entries.size() >= most) {
        ++dropped;
        return;
      }
      entries.push_back(entry);
    }
    changed.notify_all();
  }

  void tell(const LogEntry& entry) const noexcept {
    try {
      log(entry);
    } catch (...) {
      // There is nobody left to tell it to.
    }
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!left_behind && !(closed && entries.empty())) {
      changed.wait(lock, [this] { return closed || !entries.empty(); });
      if (entries.empty()) continue;
      const LogEntry entry = std::move(entries.front());
      entries.pop_front();
      const std::size_t lost = std::exchange(dropped, 0);
      lock.unlock();
      if (lost > 0) {
        tell({.level = LogLevel::warning,
              .message = fmt::format("{} lines of the log were dropped: it took them too slowly", lost),
              .fields = {}});
      }
      tell(entry);
      lock.lock();
    }
    ended = true;
    changed.notify_all();
  }
};

LogQueue::LogQueue(Log log) : state_(std::make_shared<State>(std::move(log))) {
  if (state_->log) thread_ = std::thread([state = state_] { state->run(); });
}

LogQueue::~LogQueue() {
  if (!thread_.joinable()) return;
  constexpr std::chrono::seconds patience{1};
  std::unique_lock lock(state_->mutex);
  state_->closed = true;
  state_->changed.notify_all();
  const bool ended = state_->changed.wait_for(lock, patience, [this] { return state_->ended; });
  state_->left_behind = true;
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

Log LogQueue::entrance() const {
  if (!state_->log) return {};
  return [state = state_](const LogEntry& entry) { state->push(entry); };
}

}  // namespace ragqueue
