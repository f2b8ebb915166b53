#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ragqueue {

/// `text` as valid UTF-8 of at most `max_bytes` and an ellipsis: broken bytes become U+FFFD, no character is
/// cut.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t max_bytes);

/// Offset of the first byte that is not well-formed UTF-8 (Unicode 15, table 3-7).
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// A byte of UTF-8 that begins no character.
[[nodiscard]] constexpr bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// Reads the code point at `position`, which is before the end, and moves `position` behind it. Negative
/// where the text is ill-formed.
[[nodiscard]] std::int32_t next_code_point(std::string_view text, std::size_t& position);

/// Well-formed `text` without white space at its ends. White space is Unicode's, and besides control
/// characters, the zero-width space and the byte order mark: what no embedder can make a vector of.
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace ragqueue
