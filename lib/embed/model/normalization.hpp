#pragma once

#include <string>
#include <string_view>

namespace ragqueue {

/// `text` in Unicode's normalization form KC. Bytes that are not UTF-8 stay as they are.
[[nodiscard]] std::string normalize_nfkc(std::string_view text);

/// `text` in form KC, each run of white space and control characters as one space, none at either end.
[[nodiscard]] std::string normalize_text(std::string_view text);

}  // namespace ragqueue
