#include "ragqueue/worker.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "db/transaction.hpp"
#include "ragqueue/canaries.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/grants.hpp"
#include "ragqueue/schema.hpp"
#include "worker/consumer.hpp"
#include "worker/heartbeat.hpp"
#include "worker/housekeeping.hpp"
#include "worker/log_queue.hpp"
#include "worker/shared_state.hpp"
#include "worker/thread_name.hpp"

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
  Impl(Pipeline pipeline, WorkerOptions options)
      : pipeline_(std::move(pipeline)),
        options_(std::move(options)),
        state_(std::make_shared<SharedState>(pipeline_, options_)) {}

  void start() {
    const std::scoped_lock lock(mutex_);
    if (running_) return;
    if (supervisor_.joinable()) supervisor_.join();
    auto logs = std::make_unique<LogQueue>(options_.log);
    WorkerOptions options = options_;
    options.log = logs->entrance();
    auto reports = std::make_unique<ReportQueue>(options_.observer);
    const auto state = std::make_shared<SharedState>(pipeline_, std::move(options), std::chrono::minutes(1),
                                                     reports->reports());
    publish(state);  // first, so that a stop that comes while we connect is kept
    Connection connection(options_.conninfo);
    pg::limited(connection.get(), [&] {
      require_privileges(connection.get(), Duty::work);
      require_schema(connection.get(), *pipeline_.embedder);
      state->embedder.compare_with(stored_canaries(connection.get()));
    });
    auto heartbeat = std::make_unique<Heartbeat>(*state, std::move(connection));
    supervisor_ = std::thread([this, state, logs = std::move(logs), reports = std::move(reports),
                               heartbeat = std::move(heartbeat)]() mutable {
      name_thread("rag-supervisor");
      supervise(state, *heartbeat);
      heartbeat.reset();
      reports.reset();
      logs.reset();
      const std::scoped_lock ending(mutex_);
      running_ = false;
      ended_.notify_all();
    });
    running_ = true;
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      if (running_) state()->stop();
    }
    wait();
  }

  void wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return !running_; });
    if (supervisor_.joinable()) supervisor_.join();
  }

  [[nodiscard]] bool wait_for(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    if (!ended_.wait_for(lock, time, [this] { return !running_; })) return false;
    if (supervisor_.joinable()) supervisor_.join();
    return true;
  }

  [[nodiscard]] bool running() const { return running_; }

  [[nodiscard]] WorkerState seen_from_inside() const {
    const auto shared = state();
    return {.running = running_,
            .lease_holds = running_ && shared->lease_holds(),
            .database = shared->database_watch.state(),
            .embedder = shared->embedder_watch.state(),
            .consumers = shared->calls.consumers(CallWatch::Clock::now()),
            .reports_dropped = shared->reports.dropped()};
  }

  [[nodiscard]] bool healthy() const {
    constexpr std::chrono::minutes patience(10);
    const auto shared = state();
    return running_ && shared->lease_holds() && shared->calls.longest(CallWatch::Clock::now()) < patience;
  }

  /// Of the newest run.
  [[nodiscard]] std::shared_ptr<SharedState> state() const {
    const std::scoped_lock lock(state_mutex_);
    return state_;
  }

 private:
  /// Runs the consumers, and keeps their lease for as long as one of them works.
  static void supervise(const std::shared_ptr<SharedState>& state, Heartbeat& heartbeat) {
    state->log(LogLevel::info, fmt::format("worker {} started with {} consumers", state->worker_id(),
                                           state->options.concurrency));
    std::atomic<bool> all_ended = false;
    std::thread keeping([&] {
      name_thread("rag-heartbeat");
      heartbeat.run(all_ended);
    });
    std::jthread housekeeping([&](const std::stop_token& stop) {
      name_thread("rag-housekeep");
      Housekeeping(*state).run(stop);
    });
    std::vector<std::thread> consumers = start_consumers(state);
    const std::set<std::size_t> stuck = state->watch_lease();
    for (std::size_t number = 0; number < consumers.size(); ++number) {
      if (stuck.contains(number)) {
        state->log(LogLevel::error, "stopped without a consumer: " +
                                        state->calls.describe(number, CallWatch::Clock::now()).value_or(""));
        consumers[number].detach();
      } else {
        consumers[number].join();
      }
    }
    state->leave_behind(stuck);
    housekeeping = {};
    state->vector_index.wait();
    all_ended = true;
    state->heartbeat_wake.signal();
    keeping.join();
    const WorkerCounters counters = state->counters();
    state->log(LogLevel::info, fmt::format("worker stopped: {} done, {} failed, {} given back", counters.done,
                                           counters.failed, counters.released));
  }

  /// Their threads own what they touch: one of them may outlive the worker.
  static std::vector<std::thread> start_consumers(const std::shared_ptr<SharedState>& state) {
    std::vector<std::thread> consumers;
    while (consumers.size() < static_cast<std::size_t>(state->options.concurrency)) {
      const std::size_t number = state->consumer_started();
      try {
        consumers.emplace_back([state, number] {
          name_thread(fmt::format("rag-consume-{}", number).c_str());
          Consumer(*state, number).run();
          state->consumer_ended(number);
        });
      } catch (const std::system_error& error) {
        state->consumer_ended(number);
        state->log(LogLevel::error, fmt::format("no thread for a consumer, stopping: {}", error.what()));
        state->stop();
        break;
      }
    }
    return consumers;
  }

  void publish(std::shared_ptr<SharedState> state) {
    const std::scoped_lock lock(state_mutex_);
    state_ = std::move(state);
  }

  const Pipeline pipeline_;
  const WorkerOptions options_;
  mutable std::mutex state_mutex_;
  std::shared_ptr<SharedState> state_;  ///< Each run has its own: a consumer that was left behind keeps it.
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
  impl_->state()->stop();
}

void Worker::request_abort() {
  impl_->state()->abort();
}

void Worker::wait() {
  impl_->wait();
}

void Worker::stop() {
  impl_->stop();
}

bool Worker::wait_for(std::chrono::milliseconds time) {
  return impl_->wait_for(time);
}

WorkerState Worker::state() const {
  return impl_->seen_from_inside();
}

bool Worker::healthy() const {
  return impl_->healthy();
}

bool Worker::running() const {
  return impl_->running();
}

WorkerCounters Worker::counters() const {
  return impl_->state()->counters();
}

}  // namespace ragqueue
