#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

namespace ragqueue {

/// A 128-bit identifier as in RFC 9562. A plain value: copyable, comparable, hashable.
class RAGQUEUE_EXPORT Uuid {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  /// The nil UUID, all zeros.
  constexpr Uuid() = default;
  /// From 16 bytes in network order.
  constexpr explicit Uuid(const Bytes& bytes) : bytes_(bytes) {}

  /// Reads the 36-character form, upper or lower case, also in braces. Throws InvalidInput naming `field`.
  static Uuid parse(std::string_view text, std::string_view field = "uuid");

  /// The same; nothing for what is no UUID.
  [[nodiscard]] static constexpr std::optional<Uuid> try_parse(std::string_view text) noexcept {
    if (text.size() == text_length + 2 && text.front() == '{' && text.back() == '}')
      text = text.substr(1, text_length);
    if (text.size() != text_length) return std::nullopt;
    Bytes bytes{};
    std::size_t digit = 0;
    for (std::size_t position = 0; position < text_length; ++position) {
      if (is_dash_position(position)) {
        if (text[position] != '-') return std::nullopt;
        continue;
      }
      const int value = hex_value(text[position]);
      if (value < 0) return std::nullopt;
      std::uint8_t& byte = bytes[digit / 2];
      byte = static_cast<std::uint8_t>((byte << 4U) | static_cast<unsigned>(value));
      ++digit;
    }
    return Uuid(bytes);
  }

  /// The 36-character form in lower case.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] constexpr const Bytes& bytes() const noexcept { return bytes_; }

  friend constexpr bool operator==(const Uuid&, const Uuid&) = default;
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
  [[nodiscard]] friend std::string to_string(const Uuid& uuid) { return uuid.to_string(); }

 private:
  static constexpr std::size_t text_length = 36;

  static constexpr bool is_dash_position(std::size_t position) {
    return position == 8 || position == 13 || position == 18 || position == 23;
  }
  static constexpr int hex_value(char character) {
    if (character >= '0' && character <= '9') return character - '0';
    if (character >= 'a' && character <= 'f') return character - 'a' + 10;
    if (character >= 'A' && character <= 'F') return character - 'A' + 10;
    return -1;
  }

  Bytes bytes_{};
};

class SourceId;

/// The id of an organization (tenant). A plain Uuid becomes one by itself, a SourceId never does: a call
/// whose arguments are typed and swapped does not compile.
class RAGQUEUE_EXPORT OrganizationId : public Uuid {
 public:
  constexpr OrganizationId() = default;
  constexpr OrganizationId(const Uuid& uuid) : Uuid(uuid) {}
  OrganizationId(const SourceId&) = delete;
  /// Reads text as Uuid::parse() does. Throws InvalidInput naming `organization_id`.
  explicit OrganizationId(std::string_view text) : Uuid(parse(text, "organization_id")) {}
};

/// The id of a source: the primary key of the application's row. As OrganizationId, the other way round.
class RAGQUEUE_EXPORT SourceId : public Uuid {
 public:
  constexpr SourceId() = default;
  constexpr SourceId(const Uuid& uuid) : Uuid(uuid) {}
  SourceId(const OrganizationId&) = delete;
  /// Reads text as Uuid::parse() does. Throws InvalidInput naming `source_id`.
  explicit SourceId(std::string_view text) : Uuid(parse(text, "source_id")) {}
};

namespace literals {

/// `"123e4567-e89b-12d3-a456-426614174000"_uuid`: what is no UUID does not compile.
[[nodiscard]] consteval Uuid operator""_uuid(const char* text, std::size_t size) {
  return Uuid::try_parse({text, size}).value();
}

}  // namespace literals

}  // namespace ragqueue

namespace std {

template <>
struct hash<ragqueue::Uuid> {
  std::size_t operator()(const ragqueue::Uuid& uuid) const noexcept {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(uuid.bytes().data()), uuid.bytes().size()});
  }
};
template <>
struct hash<ragqueue::OrganizationId> : hash<ragqueue::Uuid> {};
template <>
struct hash<ragqueue::SourceId> : hash<ragqueue::Uuid> {};

}  // namespace std
