#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rag_worker {

/// What it means that so many chunks have no vector, and what helps; a sentence or two.
[[nodiscard]] std::string unknown_texts(std::int64_t chunks);

/// What helps where ragqueue::is_text_outdated().
inline constexpr std::string_view outdated_texts =
    "an earlier version read the bodies of what is indexed; rag_worker init asks for all of it anew, in the "
    "background";

}  // namespace rag_worker
