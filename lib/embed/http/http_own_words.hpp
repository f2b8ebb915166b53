#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ragqueue {

/// A server's message in lower case, without the words that it quotes from `texts`, however it escapes or
/// shortens them: those are a user's, and mean nothing.
[[nodiscard]] std::string own_words(std::string_view message, std::span<const std::string_view> texts);

}  // namespace ragqueue
