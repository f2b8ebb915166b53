#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace ragqueue {

/// Bytes that so many characters of base64 stand for; nothing where there is no such base64. `text` only
/// tells the padding.
[[nodiscard]] std::optional<std::size_t> base64_size(std::string_view text);

/// Decodes into `bytes`, which has the size that base64_size() says. False where a character is none of
/// base64's (RFC 4648, section 4).
[[nodiscard]] bool decode_base64(std::string_view text, std::span<std::byte> bytes);

}  // namespace ragqueue
