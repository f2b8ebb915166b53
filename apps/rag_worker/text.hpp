#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rag_worker {

/// Runs of white space and control characters become one space, those at the ends go: safe to show on any
/// terminal.
[[nodiscard]] std::string one_line(std::string_view text);

/// With `***` for each `password=…` and each password of a URL: for messages that repeat what was typed.
[[nodiscard]] std::string hide_passwords(std::string_view text);

/// Breaks `text` between words into lines of at most `width` characters (longer for a longer word), each led
/// by `indent` and ended by a newline.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::string_view indent);

}  // namespace rag_worker
