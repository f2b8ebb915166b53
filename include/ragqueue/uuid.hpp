#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

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

  /// Reads the 36-character form, upper or lower case. Throws InvalidInput naming `field`.
  static Uuid parse(std::string_view text, std::string_view field = "uuid");

  /// The 36-character form in lower case.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] constexpr const Bytes& bytes() const noexcept { return bytes_; }

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  Bytes bytes_{};
};

}  // namespace ragqueue

namespace std {

template <>
struct hash<ragqueue::Uuid> {
  std::size_t operator()(const ragqueue::Uuid& uuid) const noexcept {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(uuid.bytes().data()), uuid.bytes().size()});
  }
};

}  // namespace std
