#include "ragqueue/group_enqueuer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "queue/enqueue_group.hpp"
#include "queue/job_id.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

using Clock = std::chrono::steady_clock;

struct Waiting {
  pg::IdentifiedRequest request;
  std::promise<Uuid> outcome;
};

using Group = std::vector<Waiting>;

void fail(std::span<Waiting> group, const Error& error) {
  for (Waiting& waiting : group) waiting.outcome.set_exception(std::make_exception_ptr(error));
}

}  // namespace

class GroupEnqueuer::Impl {
 public:
  explicit Impl(GroupEnqueuerOptions options) : options_(std::move(options)), sender_([this] { run(); }) {}

  std::future<Uuid> enqueue(Request request) {
    validate(request);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return taken_ - settled_ < options_.capacity || stopping_; });
    if (stopping_) throw Error(Fault::outage, "the enqueuer is stopped");
    waiting_.push_back({.request = {.id = pg::new_job_id(), .request = std::move(request)}, .outcome = {}});
    std::future<Uuid> future = waiting_.back().outcome.get_future();
    ++taken_;
    lock.unlock();
    changed_.notify_all();
    return future;
  }

  void flush() {
    std::unique_lock lock(mutex_);
    const std::uint64_t last = taken_;
    changed_.wait(lock, [&] { return settled_ >= last; });
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      if (!stopping_) grace_end_ = Clock::now() + options_.grace;
      stopping_ = true;
    }
    changed_.notify_all();
    const std::scoped_lock lock(joining_);
    if (sender_.joinable()) sender_.join();
  }

 private:
  void run() {
    for (Group group = next_group(); !group.empty(); group = next_group()) {
      send(group);
      {
        const std::scoped_lock lock(mutex_);
        settled_ += group.size();
      }
      changed_.notify_all();
    }
  }

  /// Empty when stopped, and nothing is left.
  Group next_group() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), options_.group));
    Group group(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    return group;
  }

  /// Gives each of the group its outcome.
  void send(std::span<Waiting> group) {
    auto sending = pg::Sending::first;
    while (true) {
      try {
        if (!connection_) connection_.emplace(options_.conninfo);
        commit(group, std::exchange(sending, pg::Sending::again));
        backoff_.reset();
        return;
      } catch (const Error& error) {
        if (error.fault() != Fault::outage) return refuse(group, error);
        connection_.reset();
        if (!pause_after(error)) return fail(group, error);
      }
    }
  }

  void commit(std::span<Waiting> group, pg::Sending sending) {
    std::vector<pg::IdentifiedRequest> requests;
    requests.reserve(group.size());
    for (const Waiting& waiting : group) requests.push_back(waiting.request);
    pg::enqueue_group(connection_->get(), requests, sending);
    for (Waiting& waiting : group) waiting.outcome.set_value(waiting.request.id);
  }

  /// One that the database refuses does not take the others with it.
  void refuse(std::span<Waiting> group, const Error& error) {
    if (error.fault() == Fault::setup || group.size() == 1) return fail(group, error);
    for (Waiting& waiting : group) send({&waiting, 1});
  }

  /// Returns whether to try again.
  bool pause_after(const Error& error) {
    const std::chrono::milliseconds pause = backoff_.next();
    if (options_.log) {
      options_.log({.level = LogLevel::warning,
                    .message = fmt::format("enqueue waits for the database, next try in {} ms: {}",
                                           pause.count(), error.what()),
                    .fields = {}});
    }
    std::unique_lock lock(mutex_);
    const auto next = Clock::now() + pause;
    changed_.wait_until(lock, next, [this] { return stopping_; });
    if (!stopping_) return true;
    changed_.wait_until(lock, std::min(next, grace_end_), [] { return false; });
    return Clock::now() < grace_end_;
  }

  const GroupEnqueuerOptions options_;
  Backoff backoff_;                         // the sender's
  std::optional<Connection> connection_{};  // the sender's
  std::mutex mutex_, joining_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<Waiting> waiting_;
  std::uint64_t taken_ = 0, settled_ = 0;
  bool stopping_ = false;
  Clock::time_point grace_end_ = Clock::time_point::max();
  std::thread sender_;  // last, for it uses all the others
};

GroupEnqueuer::GroupEnqueuer(GroupEnqueuerOptions options) {
  const auto require = [](const char* field, std::size_t value, std::size_t most) {
    if (value == 0 || value > most)
      throw InvalidInput(field, std::to_string(value), fmt::format("must be from 1 to {}", most));
  };
  require("capacity", options.capacity, 10'000'000);
  require("group", options.group, 100'000);
  if (options.grace.count() < 0) {
    throw InvalidInput("grace", std::to_string(options.grace.count()), "must not be negative");
  }
  impl_ = std::make_unique<Impl>(std::move(options));
}

GroupEnqueuer::~GroupEnqueuer() {
  stop();
}

std::future<Uuid> GroupEnqueuer::enqueue(Request request) {
  return impl_->enqueue(std::move(request));
}

void GroupEnqueuer::flush() {
  impl_->flush();
}

void GroupEnqueuer::stop() {
  impl_->stop();
}

}  // namespace ragqueue
