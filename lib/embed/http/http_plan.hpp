#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ragqueue {

/// What one request may carry.
struct RequestLimits {
  std::size_t texts = 0;
  std::size_t tokens = 0;
  std::size_t bytes = 0;
};

/// Tokens of a text for a tokenizer that is not known, rather more than less: four letters of a word make
/// one, and so does any digit, mark, or character outside of ASCII.
[[nodiscard]] std::size_t estimate_tokens(std::string_view text);

/// Appends `text`, which is UTF-8, as a JSON string.
void append_json_string(std::string& json, std::string_view text);
/// Bytes that append_json_string() appends.
[[nodiscard]] std::size_t json_string_size(std::string_view text);

/// Appends them as a JSON array, `prefix` before each.
void append_json_texts(std::string& json, std::span<const std::string_view> texts, std::string_view prefix);
/// Bytes that append_json_texts() appends, or some more.
[[nodiscard]] std::size_t json_texts_size(std::span<const std::string_view> texts, std::string_view prefix);

struct TextSize {
  std::size_t text = 0;  ///< Which.
  std::size_t tokens = 0;
  std::size_t bytes = 0;  ///< Of its JSON.
};

/// Texts that go into one request.
using TextGroup = std::vector<TextSize>;

/// Puts texts of like length together, the longest first; no group is beyond the limits but one of a single
/// text.
[[nodiscard]] std::vector<TextGroup> plan_requests(std::vector<TextSize> texts, const RequestLimits& limits);

/// Long and short groups in turns, so that any few neighbours take about as long as any others, which is what
/// ParallelLimit compares.
[[nodiscard]] std::vector<TextGroup> mixed(std::vector<TextGroup> groups);

[[nodiscard]] std::size_t tokens_of(std::span<const TextSize> group);
[[nodiscard]] std::size_t bytes_of(std::span<const TextSize> group);
[[nodiscard]] bool fits(std::span<const TextSize> group, const RequestLimits& limits);

}  // namespace ragqueue
