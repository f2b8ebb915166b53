// Apart from text.cpp: this needs ICU's tables, which a program that only enqueues does not load.
#include <unicode/uchar.h>

#include "base/text.hpp"

namespace ragqueue {

namespace {

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
