#pragma once

#include <string_view>

#include "extract/text_builder.hpp"

namespace ragqueue::extract {

/// Adds what a reader sees of Markdown, as GitHub reads it. HTML within is read as HTML.
void add_markdown(TextBuilder& builder, std::string_view markdown);

}  // namespace ragqueue::extract
