#include "ragqueue/uuid.hpp"

#include <cstdint>

#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

constexpr std::size_t text_length = 36;

constexpr bool is_dash_position(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

constexpr int hex_value(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::parse(std::string_view text, std::string_view field) {
  const auto refuse = [&] {
    return InvalidInput(std::string(field), text,
                        "not a UUID; expected 36 characters such as 123e4567-e89b-12d3-a456-426614174000");
  };
  if (text.size() != text_length) throw refuse();
  Bytes bytes{};
  std::size_t digit = 0;
  for (std::size_t position = 0; position < text_length; ++position) {
    if (is_dash_position(position)) {
      if (text[position] != '-') throw refuse();
      continue;
    }
    const int value = hex_value(text[position]);
    if (value < 0) throw refuse();
    std::uint8_t& byte = bytes.at(digit / 2);
    byte = static_cast<std::uint8_t>((byte << 4) | value);
    ++digit;
  }
  return Uuid(bytes);
}

std::string Uuid::to_string() const {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(text_length);
  for (const std::uint8_t byte : bytes_) {
    if (is_dash_position(text.size())) text.push_back('-');
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 0x0F]);
  }
  return text;
}

}  // namespace ragqueue
