#include "embed/base64.hpp"

#include <array>
#include <cstdint>

namespace ragqueue {

namespace {

constexpr std::size_t group_characters = 4;
constexpr std::size_t group_bytes = 3;
constexpr std::uint32_t not_base64 = 0xFF000000;

/// What a character contributes to the 24 bits of its group, already in place for each of the four positions,
/// so that a group is four look-ups (as Nick Galbreath's modp_b64 does it).
constexpr std::array<std::array<std::uint32_t, 256>, group_characters> digits = [] {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::array<std::uint32_t, 256>, group_characters> table{};
  for (std::size_t position = 0; position < group_characters; ++position) {
    table[position].fill(not_base64);
    for (std::size_t value = 0; value < alphabet.size(); ++value) {
      const auto shift = 6U * static_cast<unsigned>(group_characters - 1 - position);
      table[position][static_cast<unsigned char>(alphabet[value])] = static_cast<std::uint32_t>(value)
                                                                     << shift;
    }
  }
  return table;
}();

std::uint32_t read_group(const char* text) {
  const auto digit = [&](std::size_t at) { return digits[at][static_cast<unsigned char>(text[at])]; };
  return digit(0) | digit(1) | digit(2) | digit(3);
}

void write_group(std::uint32_t group, std::byte* bytes) {
  bytes[0] = static_cast<std::byte>(group >> 16U);
  bytes[1] = static_cast<std::byte>(group >> 8U);
  bytes[2] = static_cast<std::byte>(group);
}

std::size_t padding(std::string_view text) {
  if (text.ends_with("==")) return 2;
  return text.ends_with("=") ? 1 : 0;
}

}  // namespace

std::optional<std::size_t> base64_size(std::string_view text) {
  if (text.size() % group_characters != 0) return std::nullopt;
  return text.size() / group_characters * group_bytes - padding(text);
}

bool decode_base64(std::string_view text, std::span<std::byte> bytes) {
  std::uint32_t wrong = 0;
  const std::size_t whole = bytes.size() / group_bytes;
  for (std::size_t index = 0; index < whole; ++index) {
    const std::uint32_t group = read_group(text.data() + index * group_characters);
    wrong |= group;
    write_group(group, bytes.data() + index * group_bytes);
  }
  if (const std::size_t rest = bytes.size() % group_bytes; rest > 0) {
    std::array<char, group_characters> last{'A', 'A', 'A', 'A'};
    for (std::size_t at = 0; at <= rest; ++at) last[at] = text[whole * group_characters + at];
    const std::uint32_t group = read_group(last.data());
    wrong |= group;
    std::array<std::byte, group_bytes> tail{};
    write_group(group, tail.data());
    for (std::size_t at = 0; at < rest; ++at) bytes[whole * group_bytes + at] = tail[at];
  }
  return (wrong & not_base64) == 0;
}

}  // namespace ragqueue
