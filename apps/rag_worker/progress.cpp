#include "progress.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <ragqueue/connection.hpp>
#include <ragqueue/error.hpp>
#include <stop_token>
#include <utility>

namespace rag_worker {

namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds refresh{250};
constexpr std::chrono::seconds count_interval{1};
constexpr std::chrono::seconds rate_window{5};

/// Asks the queue about once a second, on a connection of its own; a database that is away is asked again
/// later.
class QueueWatch {
 public:
  explicit QueueWatch(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  const std::optional<ragqueue::QueueCounts>& counts() {
    const auto now = steady_clock::now();
    if (now >= next_) {
      next_ = now + count_interval;
      ask();
    }
    return counts_;
  }

  void ask() try {
    if (!connection_) connection_.emplace(conninfo_);
    counts_ = ragqueue::Queue(connection_->get()).counts();
  } catch (const ragqueue::Error&) {
    connection_.reset();
    counts_.reset();
  }

 private:
  std::string conninfo_;
  std::optional<ragqueue::Connection> connection_;
  std::optional<ragqueue::QueueCounts> counts_;
  steady_clock::time_point next_{};
};

}  // namespace

double Rate::update(Time now, std::uint64_t total) {
  samples_.push_back({now, total});
  while (samples_.size() > 2 && now - samples_.front().time > rate_window) samples_.pop_front();
  const std::chrono::duration<double> elapsed = now - samples_.front().time;
  if (elapsed.count() <= 0) return 0;
  return static_cast<double>(total - samples_.front().total) / elapsed.count();
}

std::string progress_line(const ragqueue::WorkerCounters& counters, double rate,
                          const std::optional<ragqueue::QueueCounts>& counts) {
  const std::string waiting = counts ? fmt::format("{}", counts->pending) : "?";
  return fmt::format("done {} | {:.0f}/s | waiting {} | failed {}", counters.done, rate, waiting,
                     counters.failed);
}

namespace {

bool wait(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

std::jthread log_progress(const ragqueue::Worker& worker, std::string conninfo, ragqueue::Log log,
                          std::chrono::milliseconds interval) {
  return std::jthread(
      [&worker, conninfo = std::move(conninfo), log = std::move(log), interval](const std::stop_token& stop) {
        QueueWatch queue(conninfo);
        Rate rate;
        while (wait(stop, interval)) {
          const auto counters = worker.counters();
          const double per_second = rate.update(steady_clock::now(), counters.done);
          log({.level = ragqueue::LogLevel::info,
               .message = progress_line(counters, per_second, queue.counts()),
               .fields = {}});
        }
      });
}

std::jthread show_progress(const ragqueue::Worker& worker, std::string conninfo, StatusLine& line) {
  return std::jthread([&worker, conninfo = std::move(conninfo), &line](const std::stop_token& stop) {
    QueueWatch queue(conninfo);
    Rate rate;
    const auto show = [&] {
      const auto counters = worker.counters();
      line.show(progress_line(counters, rate.update(steady_clock::now(), counters.done), queue.counts()));
    };
    do {
      show();
    } while (wait(stop, refresh));
    queue.ask();
    show();
  });
}

}  // namespace rag_worker
