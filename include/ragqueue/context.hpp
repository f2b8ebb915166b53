#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "ragqueue/export.hpp"
#include "ragqueue/search.hpp"

namespace ragqueue {

/// What a language model is to answer from: the hits' passages in their order, each under a line that numbers
/// it and names its source, as many whole ones as `max_tokens` hold by `count_tokens`. A passage that does
/// not fit is left out, and shorter ones after it may still come.
[[nodiscard]] RAGQUEUE_EXPORT std::string prompt_context(
    std::span<const SearchHit> hits, std::size_t max_tokens,
    const std::function<std::size_t(std::string_view)>& count_tokens);

}  // namespace ragqueue
