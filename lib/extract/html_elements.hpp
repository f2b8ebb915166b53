#pragma once

#include <string_view>

namespace ragqueue::extract {

/// What an element does to the text around it.
enum class ElementKind {
  inline_text,
  hidden,  ///< Nothing within is seen.
  block,   ///< A paragraph of its own.
  line,    ///< A line of its own: a list's item.
  line_break,
  cell,
  row,
  table,
  preformatted,
  heading,
  image,  ///< Its alt text is seen.
};

/// By its name in lower case, as the HTML standard's style sheet for pages has it ("Rendering"); what it does
/// not know is inline.
[[nodiscard]] ElementKind element_kind(std::string_view name);

/// Whether an attribute keeps its element from being seen: `hidden`, or a style that does not display it.
[[nodiscard]] bool hides(std::string_view attribute, std::string_view value);

}  // namespace ragqueue::extract
