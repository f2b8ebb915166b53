#include "worker/host_queue.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "worker/thread_name.hpp"

namespace ragqueue {

struct HostQueue::State {
  explicit State(std::function<void(std::size_t)> told) : on_drops(std::move(told)) {}

  const std::function<void(std::size_t)> on_drops;
  std::mutex mutex{};
  std::condition_variable changed{};
  // Guarded by mutex.
  std::deque<Call> calls{};
  std::size_t dropped = 0, dropped_untold = 0;
  bool closed = false, left_behind = false, ended = false;

  void push(Call call) {
    constexpr std::size_t most = 10'000;
    {
      const std::scoped_lock lock(mutex);
      if (closed) return;
      if (calls.size() >= most) {
        ++dropped;
        ++dropped_untold;
        return;
      }
      calls.push_back(std::move(call));
    }
    changed.notify_all();
  }

  template <class Told>
  static void tell(const Told& told) noexcept {
    try {
      told();
    } catch (...) {
      // There is nobody left to tell it to.
    }
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!left_behind && !(closed && calls.empty())) {
      changed.wait(lock, [this] { return closed || !calls.empty(); });
      if (calls.empty()) continue;
      const Call call = std::move(calls.front());
      calls.pop_front();
      const std::size_t lost = std::exchange(dropped_untold, 0);
      lock.unlock();
      if (lost > 0 && on_drops) tell([&] { on_drops(lost); });
      tell(call);
      lock.lock();
    }
    ended = true;
    changed.notify_all();
  }
};

HostQueue::HostQueue(const char* name, std::function<void(std::size_t)> on_drops)
    : state_(std::make_shared<State>(std::move(on_drops))) {
  thread_ = std::thread([state = state_, name] {
    name_thread(name);
    state->run();
  });
}

HostQueue::~HostQueue() {
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

std::function<void(HostQueue::Call)> HostQueue::entrance() const {
  return [state = state_](Call call) { state->push(std::move(call)); };
}

std::function<std::size_t()> HostQueue::drops() const {
  return [state = state_] {
    const std::scoped_lock lock(state->mutex);
    return state->dropped;
  };
}

}  // namespace ragqueue
