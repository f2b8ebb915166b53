#include "ragqueue/worker.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/grants.hpp"
#include "ragqueue/schema.hpp"
#include "worker/consumer.hpp"
#include "worker/heartbeat.hpp"
#include "worker/shared_state.hpp"

namespace ragqueue {

namespace {

void require_range(std::string_view field, long long value, long long least, long long most) {
  if (value >= least && value <= most) return;
  throw InvalidInput(std::string(field), std::to_string(value),
                     fmt::format("must be from {} to {}", least, most));
}

void validate(const Pipeline& pipeline, const WorkerOptions& options) {
  if (!pipeline.sources || !pipeline.chunker || !pipeline.embedder || !pipeline.store) {
    throw InvalidInput("pipeline", "incomplete", "needs sources, chunker, embedder and store");
  }
  constexpr long long week = std::chrono::milliseconds(std::chrono::weeks(1)).count();
  require_range("concurrency", options.concurrency, 1, 256);
  require_range("batch", options.batch, 1, 10'000);
  require_range("max_attempts", options.retry.max_attempts, 1, 1'000);
  require_range("retry_base", options.retry.base.count(), 1, week);
  require_range("retry_limit", options.retry.limit.count(), 1, week);
  require_range("poll_interval", options.poll_interval.count(), 1, week);
  require_range("heartbeat_interval", options.heartbeat_interval.count(), 1, week);
  require_range("retention", options.retention.count(), 0, 5'200 * week);
  require_range("grace", options.grace.count(), 0, week);
  require_range("vector_index_from", options.vector_index_from, 0, 1'000'000'000'000);
}

}  // namespace

class Worker::Impl {
 public:
  Impl(Pipeline pipeline, WorkerOptions options) : state_(std::move(pipeline), std::move(options)) {}

  void start() {
    const std::scoped_lock lock(mutex_);
    if (running_) return;
    if (supervisor_.joinable()) supervisor_.join();
    state_.begin();  // first, so that a stop that comes while we connect is kept
    Connection connection(state_.options.conninfo);
    require_privileges(connection.get(), Duty::work);
    require_schema(connection.get(), *state_.pipeline.embedder);
    Heartbeat heartbeat(state_, std::move(connection));
    supervisor_ = std::thread([this, kept = std::move(heartbeat)]() mutable { supervise(kept); });
    running_ = true;
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      if (!running_) return;
      state_.stop();
    }
    wait();
  }

  void wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return !running_; });
    if (supervisor_.joinable()) supervisor_.join();
  }

  [[nodiscard]] bool running() const { return running_; }

  SharedState& state() { return state_; }

 private:
  /// Runs the consumers, and keeps their lease for as long as one of them works.
  void supervise(Heartbeat& heartbeat) {
    state_.log(LogLevel::info, fmt::format("worker {} started with {} consumers", state_.worker_id(),
                                           state_.options.concurrency));
    std::atomic<bool> all_ended = false;
    std::thread keeping([&] { heartbeat.run(all_ended); });
    std::vector<std::thread> consumers;
    try {
      for (int consumer = 0; consumer < state_.options.concurrency; ++consumer) {
        consumers.emplace_back([this] {
          Consumer(state_).run();
          state_.consumer_ended();
        });
        state_.consumer_started();
      }
    } catch (const std::system_error& error) {
      state_.log(LogLevel::error, fmt::format("no thread for a consumer, stopping: {}", error.what()));
      state_.stop();
    }
    state_.watch_lease();
    for (std::thread& consumer : consumers) consumer.join();
    state_.vector_index.wait();
    all_ended = true;
    state_.heartbeat_wake.signal();
    keeping.join();
    const WorkerCounters counters = state_.counters();
    state_.log(LogLevel::info, fmt::format("worker stopped: {} done, {} failed, {} given back", counters.done,
                                           counters.failed, counters.released));
    const std::scoped_lock lock(mutex_);
    running_ = false;
    ended_.notify_all();
  }

  SharedState state_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::atomic<bool> running_ = false;
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
  impl_->stop();
}

bool Worker::running() const {
  return impl_->running();
}

WorkerCounters Worker::counters() const {
  return impl_->state().counters();
}

}  // namespace ragqueue
