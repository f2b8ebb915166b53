#pragma once

#include <string>
#include <string_view>

#include "extract/text_builder.hpp"

namespace ragqueue::extract {

/// Adds what a reader sees of HTML, a page or a part of one. Throws InvalidInput for elements nested too
/// deep, or a tag of too many attributes.
void add_html(TextBuilder& builder, std::string_view html);

/// The character of `&name;` or `&#number;`; the entity itself where it is none.
[[nodiscard]] std::string decode_entity(std::string_view entity);

}  // namespace ragqueue::extract
