#include "base/text.hpp"

#include <unicode/utf8.h>

#include <algorithm>

namespace ragqueue {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "…";

}  // namespace

std::int32_t next_code_point(std::string_view text, std::size_t& position) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  UChar32 character = 0;
  // U8_NEXT works on 32-bit offsets; a window keeps it right for texts of any size.
  const auto window = static_cast<std::int32_t>(std::min<std::size_t>(text.size() - position, U8_MAX_LENGTH));
  std::int32_t offset = 0;
  U8_NEXT(bytes + position, offset, window, character);
  position += static_cast<std::size_t>(offset);
  return character;
}

std::string shorten(std::string_view text, std::size_t max_bytes) {
  std::string result;
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t begin = position;
    const bool printable = next_code_point(text, position) > 0;
    const std::string_view piece = printable ? text.substr(begin, position - begin) : replacement;
    if (result.size() + piece.size() > max_bytes) return result.append(ellipsis);
    result.append(piece);
  }
  return result;
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t begin = position;
    if (next_code_point(text, position) < 0) return begin;
  }
  return std::nullopt;
}

}  // namespace ragqueue
