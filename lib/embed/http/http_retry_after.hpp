#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace ragqueue {

/// How long a server asks to be left alone: `retry-after-ms`, else `Retry-After` in seconds, whole or not, or
/// as an HTTP date, of which `now` is taken. Nothing where neither makes sense; never negative.
[[nodiscard]] std::optional<std::chrono::milliseconds> read_retry_after(
    const std::string& retry_after_ms, const std::string& retry_after,
    std::chrono::system_clock::time_point now);

}  // namespace ragqueue
