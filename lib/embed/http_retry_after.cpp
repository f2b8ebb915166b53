#include "embed/http_retry_after.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ragqueue {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest = std::chrono::hours(365 * 24);

std::optional<milliseconds> read_number(const std::string& text, double unit_ms) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return milliseconds(std::llround(std::clamp(value * unit_ms, 0.0, static_cast<double>(longest.count()))));
}

}  // namespace

std::optional<milliseconds> read_retry_after(const std::string& retry_after_ms,
                                             const std::string& retry_after,
                                             std::chrono::system_clock::time_point now) {
  if (const auto pause = read_number(retry_after_ms, 1)) return pause;
  if (const auto pause = read_number(retry_after, 1000)) return pause;
  const time_t date = curl_getdate(retry_after.c_str(), nullptr);
  if (retry_after.empty() || date < 0) return std::nullopt;
  // Not through system_clock, whose nanoseconds do not reach every date.
  const auto today = std::chrono::duration_cast<milliseconds>(now.time_since_epoch());
  const milliseconds pause = std::chrono::seconds(date) - today;
  return std::clamp(pause, milliseconds(0), longest);
}

}  // namespace ragqueue
