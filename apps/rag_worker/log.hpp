#pragma once

#include <ragqueue/log.hpp>
#include <string>

namespace rag_worker {

/// `message name=value …`, on one line.
[[nodiscard]] std::string text_line(const ragqueue::LogEntry& entry);

/// Writes one line for each entry to standard error: time (UTC), level, then text_line(), or all of it as a
/// JSON object. What is for debugging is left out unless it is asked for.
[[nodiscard]] ragqueue::Log make_log(bool json, bool debug);

}  // namespace rag_worker
