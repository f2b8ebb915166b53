#include "embed/http/http_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <numbers>
#include <numeric>
#include <utility>

namespace ragqueue {

namespace {

bool is_letter(unsigned char byte) {
  return (byte | 32U) >= 'a' && (byte | 32U) <= 'z';
}

constexpr std::size_t unicode_escape = 6;  // bytes of \u001f

/// How many bytes each byte has in a JSON string.
constexpr std::array<unsigned char, 256> json_sizes = [] {
  std::array<unsigned char, 256> sizes{};
  sizes.fill(1);
  for (std::size_t control = 0; control < ' '; ++control) sizes[control] = unicode_escape;
  for (const char byte : {'"', '\\', '\n', '\r', '\t'}) sizes[static_cast<unsigned char>(byte)] = 2;
  return sizes;
}();

void append_escape(std::string& json, char byte) {
  switch (byte) {
    case '\n':
      json += "\\n";
      break;
    case '\r':
      json += "\\r";
      break;
    case '\t':
      json += "\\t";
      break;
    case '"':
    case '\\':
      json += '\\';
      json += byte;
      break;
    default:
      fmt::format_to(std::back_inserter(json), "\\u{:04x}", static_cast<unsigned>(byte));
  }
}

}  // namespace

std::size_t estimate_tokens(std::string_view text) {
  constexpr std::size_t letters_of_a_token = 4;
  std::size_t tokens = 0;
  std::size_t letters = 0;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (is_letter(byte)) {
      if (letters++ % letters_of_a_token == 0) ++tokens;
      continue;
    }
    letters = 0;
    const bool is_space = byte <= ' ';
    const bool continues = (byte & 0xC0U) == 0x80U;
    if (!is_space && !continues) ++tokens;
  }
  return tokens;
}

namespace {

void append_escaped(std::string& json, std::string_view text) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (json_sizes[static_cast<unsigned char>(text[at])] == 1) continue;
    json.append(text, begin, at - begin);
    append_escape(json, text[at]);
    begin = at + 1;
  }
  json.append(text, begin);
}

}  // namespace

void append_json_string(std::string& json, std::string_view text) {
  json += '"';
  append_escaped(json, text);
  json += '"';
}

void append_json_texts(std::string& json, std::span<const std::string_view> texts, std::string_view prefix) {
  json += '[';
  for (const std::string_view text : texts) {
    if (json.back() != '[') json += ',';
    json += '"';
    append_escaped(json, prefix);
    append_escaped(json, text);
    json += '"';
  }
  json += ']';
}

std::size_t json_string_size(std::string_view text) {
  std::size_t size = 2;
  for (const char byte : text) size += json_sizes[static_cast<unsigned char>(byte)];
  return size;
}

std::size_t json_texts_size(std::span<const std::string_view> texts, std::string_view prefix) {
  std::size_t size = 2 + texts.size() * (json_string_size(prefix) + 1);
  for (const std::string_view text : texts) size += json_string_size(text);
  return size;
}

std::vector<TextGroup> plan_requests(std::vector<TextSize> texts, const RequestLimits& limits) {
  std::ranges::stable_sort(texts, std::greater<>(), &TextSize::tokens);
  std::vector<TextGroup> groups;
  std::size_t tokens = 0;
  std::size_t bytes = 0;
  for (const TextSize& text : texts) {
    tokens += text.tokens;
    bytes += text.bytes;
    const bool full = groups.empty() || groups.back().size() >= limits.texts || tokens > limits.tokens ||
                      bytes > limits.bytes;
    if (full) {
      groups.emplace_back();
      tokens = text.tokens;
      bytes = text.bytes;
    }
    groups.back().push_back(text);
  }
  return groups;
}

std::vector<TextGroup> mixed(std::vector<TextGroup> groups) {
  // By the golden ratio's multiples without their whole part (Weyl's sequence).
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t index = 0; index < groups.size(); ++index) {
    const double multiple = static_cast<double>(index) * std::numbers::phi;
    order.emplace_back(multiple - std::floor(multiple), index);
  }
  std::ranges::sort(order);
  std::vector<TextGroup> result;
  for (const auto& [place, index] : order) result.push_back(std::move(groups[index]));
  return result;
}

std::size_t tokens_of(std::span<const TextSize> group) {
  return std::transform_reduce(group.begin(), group.end(), std::size_t{0}, std::plus<>(),
                               [](const TextSize& text) { return text.tokens; });
}

std::size_t bytes_of(std::span<const TextSize> group) {
  return std::transform_reduce(group.begin(), group.end(), std::size_t{0}, std::plus<>(),
                               [](const TextSize& text) { return text.bytes; });
}

bool fits(std::span<const TextSize> group, const RequestLimits& limits) {
  return group.size() <= 1 || (group.size() <= limits.texts && tokens_of(group) <= limits.tokens &&
                               bytes_of(group) <= limits.bytes);
}

}  // namespace ragqueue
