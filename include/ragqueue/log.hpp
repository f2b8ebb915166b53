#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ragqueue {

enum class LogLevel { debug, info, warning, error };

struct LogEntry {
  LogLevel level = LogLevel::info;
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;  ///< Names and values, such as `job` and its id.
};

/// Where a worker writes. Called from any of its threads, also at once. What it throws is
/// dropped.
using Log = std::function<void(const LogEntry&)>;

}  // namespace ragqueue
