#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <ragqueue/log.hpp>
#include <ragqueue/queue.hpp>
#include <ragqueue/worker.hpp>
#include <string>
#include <thread>

#include "terminal.hpp"

namespace rag_worker {

/// Jobs per second over the last few seconds.
class Rate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Takes note of a running total, and returns the rate.
  double update(Time now, std::uint64_t total);

 private:
  struct Sample {
    Time time;
    std::uint64_t total;
  };
  std::deque<Sample> samples_;
};

/// `counts` is empty as long as the database has not said.
[[nodiscard]] std::string progress_line(const ragqueue::WorkerCounters& counters, double rate,
                                        const std::optional<ragqueue::QueueCounts>& counts);

/// Logs the same each `interval`, until the returned thread is asked to stop.
[[nodiscard]] std::jthread log_progress(const ragqueue::Worker& worker, std::string conninfo,
                                        ragqueue::Log log,
                                        std::chrono::milliseconds interval = std::chrono::seconds(30));

/// Keeps the status line up to date from a thread of its own, until the returned thread is asked to stop.
[[nodiscard]] std::jthread show_progress(const ragqueue::Worker& worker, std::string conninfo,
                                         StatusLine& line);

}  // namespace rag_worker
