#include "core/text.hpp"

#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

namespace ragqueue {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "…";

/// Moves `position` over one character, or one ill-formed sequence. Returns whether it was well-formed.
bool step(std::string_view text, std::size_t& position) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  UChar32 character = 0;
  // U8_NEXT works on 32-bit offsets; a window keeps it right for texts of any size.
  const std::size_t window = std::min<std::size_t>(text.size() - position, 4);
  std::int32_t offset = 0;
  U8_NEXT(bytes + position, offset, static_cast<std::int32_t>(window), character);
  position += static_cast<std::size_t>(offset);
  return character >= 0;
}

}  // namespace

std::string shorten(std::string_view text, std::size_t max_bytes) {
  std::string result;
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t begin = position;
    const bool valid = step(text, position);
    const std::string_view piece = valid ? text.substr(begin, position - begin) : replacement;
    if (result.size() + piece.size() > max_bytes) return result.append(ellipsis);
    result.append(piece);
  }
  return result;
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t begin = position;
    if (!step(text, position)) return begin;
  }
  return std::nullopt;
}

}  // namespace ragqueue
