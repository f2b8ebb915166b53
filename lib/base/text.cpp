#include "base/text.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace ragqueue {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "…";
constexpr std::int32_t zero_width_space = 0x200B;
constexpr std::int32_t byte_order_mark = 0xFEFF;

bool is_space(std::int32_t character) {
  return u_isUWhiteSpace(character) || u_charType(character) == U_CONTROL_CHAR ||
         character == zero_width_space || character == byte_order_mark;
}

std::size_t start_of_last_character(std::string_view text) {
  std::size_t position = text.size() - 1;
  while (position > 0 && is_continuation(text[position])) --position;
  return position;
}

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

std::string_view trim(std::string_view text) {
  std::size_t begin = 0;
  for (std::size_t next = 0; next < text.size() && is_space(next_code_point(text, next));) begin = next;
  text.remove_prefix(begin);
  while (!text.empty()) {
    const std::size_t last = start_of_last_character(text);
    std::size_t next = last;
    if (!is_space(next_code_point(text, next))) break;
    text.remove_suffix(text.size() - last);
  }
  return text;
}

}  // namespace ragqueue
