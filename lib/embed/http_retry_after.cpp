#include "embed/http_retry_after.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ragqueue {

namespace {

using std::chrono::milliseconds;

std::optional<milliseconds> read_number(const std::string& text, double unit_ms) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  constexpr double longest_ms = 365.0 * 24 * 3600 * 1000;
  return milliseconds(std::llround(std::clamp(value * unit_ms, 0.0, longest_ms)));
}

}  // namespace

std::optional<milliseconds> read_retry_after(const std::string& retry_after_ms,
                                             const std::string& retry_after,
                                             std::chrono::system_clock::time_point now) {
  if (const auto pause = read_number(retry_after_ms, 1)) return pause;
  if (const auto pause = read_number(retry_after, 1000)) return pause;
  const time_t date = curl_getdate(retry_after.c_str(), nullptr);
  if (retry_after.empty() || date < 0) return std::nullopt;
  const auto pause =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::from_time_t(date) - now);
  return std::max(pause, milliseconds(0));
}

}  // namespace ragqueue
