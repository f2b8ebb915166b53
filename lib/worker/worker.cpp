#include "ragqueue/worker.hpp"

#include <fmt/format.h>

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/schema.hpp"
#include "worker/keeper.hpp"
#include "worker/lane.hpp"
#include "worker/shared_state.hpp"

namespace ragqueue {

namespace {

void require_positive(std::string_view field, long long value) {
  if (value < 1) throw InvalidInput(std::string(field), std::to_string(value), "must be at least 1");
}

void validate(const Pipeline& pipeline, const WorkerOptions& options) {
  if (!pipeline.sources || !pipeline.chunker || !pipeline.embedder || !pipeline.store) {
    throw InvalidInput("pipeline", "incomplete", "needs sources, chunker, embedder and store");
  }
  require_positive("lanes", options.lanes);
  require_positive("batch", options.batch);
  require_positive("max_attempts", options.retry.max_attempts);
  require_positive("retry_base", options.retry.base.count());
  require_positive("retry_limit", options.retry.limit.count());
  require_positive("poll_interval", options.poll_interval.count());
  require_positive("heartbeat_interval", options.heartbeat_interval.count());
  if (options.grace.count() < 0)
    throw InvalidInput("grace", std::to_string(options.grace.count()), "must not be negative");
}

}  // namespace

class Worker::Impl {
 public:
  Impl(Pipeline pipeline, WorkerOptions options) : state_(std::move(pipeline), std::move(options)) {}

  void start() {
    const std::scoped_lock lock(mutex_);
    if (running_) return;
    if (supervisor_.joinable()) supervisor_.join();
    Connection connection(state_.options.conninfo);
    require_schema(connection.get(), *state_.pipeline.embedder);
    state_.begin();
    Keeper keeper(state_, std::move(connection));
    running_ = true;
    supervisor_ = std::thread([this, kept = std::move(keeper)]() mutable { supervise(kept); });
  }

  void wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return !running_; });
    if (supervisor_.joinable()) supervisor_.join();
  }

  [[nodiscard]] bool running() const {
    const std::scoped_lock lock(mutex_);
    return running_;
  }

  SharedState& state() { return state_; }

 private:
  /// Runs the lanes, and keeps their lease for as long as one of them works.
  void supervise(Keeper& keeper) {
    state_.log(LogLevel::info,
               fmt::format("worker {} started with {} lanes", state_.worker_id(), state_.options.lanes));
    std::atomic<bool> all_ended = false;
    std::thread keeping([&] { keeper.run(all_ended); });
    std::vector<std::thread> lanes;
    for (int lane = 0; lane < state_.options.lanes; ++lane)
      lanes.emplace_back([this] { Lane(state_).run(); });
    for (std::thread& lane : lanes) lane.join();
    all_ended = true;
    state_.keeper_wake.signal();
    keeping.join();
    state_.log(LogLevel::info, fmt::format("worker stopped: {} done, {} failed, {} given back",
                                           state_.done.load(), state_.failed.load(), state_.released.load()));
    const std::scoped_lock lock(mutex_);
    running_ = false;
    ended_.notify_all();
  }

  SharedState state_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool running_ = false;
  std::thread supervisor_;
};

Worker::Worker(Pipeline pipeline, WorkerOptions options) {
  validate(pipeline, options);
  impl_ = std::make_unique<Impl>(std::move(pipeline), std::move(options));
}

Worker::~Worker() {
  stop();
}

void Worker::start() {
  impl_->start();
}

void Worker::request_stop() {
  impl_->state().stop();
}

void Worker::request_abort() {
  impl_->state().abort();
}

void Worker::wait() {
  impl_->wait();
}

void Worker::stop() {
  request_stop();
  wait();
}

bool Worker::running() const {
  return impl_->running();
}

WorkerCounters Worker::counters() const {
  const SharedState& state = impl_->state();
  return {.done = state.done,
          .retried = state.retried,
          .failed = state.failed,
          .released = state.released,
          .lost = state.lost};
}

}  // namespace ragqueue
