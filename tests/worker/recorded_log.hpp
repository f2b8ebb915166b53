#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/log.hpp"

namespace ragqueue::testing {

/// A worker's log, to wait for and to count in.
class RecordedLog {
 public:
  [[nodiscard]] Log log() {
    return [this](const LogEntry& entry) {
      {
        const std::scoped_lock lock(mutex_);
        lines_.push_back(entry.message);
      }
      changed_.notify_all();
    };
  }

  [[nodiscard]] std::size_t count(std::string_view part = {}) const {
    const std::scoped_lock lock(mutex_);
    return count_locked(part);
  }

  /// Throws where it is not said within a minute.
  void wait_for(std::string_view part, std::size_t times = 1) const {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, std::chrono::minutes(1), [&] { return count_locked(part) >= times; })) return;
    throw std::runtime_error("the log never said '" + std::string(part) + "' but: " + text_locked());
  }

  [[nodiscard]] std::string text() const {
    const std::scoped_lock lock(mutex_);
    return text_locked();
  }

 private:
  [[nodiscard]] std::size_t count_locked(std::string_view part) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        lines_, [&](const std::string& line) { return line.find(part) != std::string::npos; }));
  }
  [[nodiscard]] std::string text_locked() const {
    std::string text;
    for (const std::string& line : lines_) text += line + '\n';
    return text;
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> lines_;
};

}  // namespace ragqueue::testing
