#include "testing/embedding/vector_text.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace ragqueue::testing {

void append_floats(std::string& text, std::span<const float> vector, NumberStyle style) {
  constexpr std::size_t longest = 32;
  std::array<char, longest> buffer{};
  text += '[';
  for (const float component : vector) {
    if (text.back() != '[') text += ',';
    char* const end = buffer.data() + longest;
    if (std::isnan(component)) {
      text += style.not_a_number;
    } else if (style.as_double) {
      text.append(buffer.data(), std::to_chars(buffer.data(), end, static_cast<double>(component)).ptr);
    } else {
      text.append(buffer.data(), std::to_chars(buffer.data(), end, component).ptr);
    }
  }
  text += ']';
}

void append_base64(std::string& text, std::span<const float> vector) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::uint8_t> bytes(vector.size_bytes());
  if (!bytes.empty()) std::memcpy(bytes.data(), vector.data(), bytes.size());
  text += '"';
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) { return at < bytes.size() ? std::uint32_t{bytes[at]} : 0U; };
    const std::uint32_t group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    text += digits[group >> 18U];
    text += digits[group >> 12U & 63U];
    text += i + 1 < bytes.size() ? digits[group >> 6U & 63U] : '=';
    text += i + 2 < bytes.size() ? digits[group & 63U] : '=';
  }
  text += '"';
}

}  // namespace ragqueue::testing
