#include "ragqueue/uuid.hpp"

namespace ragqueue {

Uuid Uuid::parse(std::string_view text, std::string_view field) {
  const std::optional<Uuid> uuid = try_parse(text);
  if (!uuid) {
    throw InvalidInput(std::string(field), text,
                       "not a UUID; expected 36 characters such as 123e4567-e89b-12d3-a456-426614174000");
  }
  return *uuid;
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
