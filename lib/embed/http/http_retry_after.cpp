#include "embed/http/http_retry_after.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ragqueue {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds longest = std::chrono::hours(365 * 24);

std::optional<milliseconds> read_number(const std::string& text, double unit_ms) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return milliseconds(
      std::llround(std::clamp(value * unit_ms, 0.0, static_cast<double>(milliseconds(longest).count()))));
}

}  // namespace

std::optional<milliseconds> read_retry_after(const std::string& retry_after_ms,
                                             const std::string& retry_after,
                                             std::chrono::system_clock::time_point now) {
  if (const auto pause = read_number(retry_after_ms, 1)) return pause;
  if (const auto pause = read_number(retry_after, 1000)) return pause;
  const time_t date = curl_getdate(retry_after.c_str(), nullptr);
  if (retry_after.empty() || date < 0) return std::nullopt;
  // In whole seconds: dates go further than a count of anything finer.
  const auto pause =
      std::chrono::seconds(date) - std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  return std::clamp(pause, std::chrono::seconds(0), longest);
}

}  // namespace ragqueue
