#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ragqueue {

/// As SQL writes an identifier, always in quotes.
[[nodiscard]] std::string quoted_name(std::string_view name);

/// A column of the row `t`.
[[nodiscard]] std::string column_of_row(std::string_view column);

/// As SQL writes a text.
[[nodiscard]] std::string quoted_text(std::string_view text);

/// As SQL writes an array of texts.
[[nodiscard]] std::string quoted_array(std::span<const std::string> texts);

/// The parts of a table's name, such as `helpdesk.tickets` or `"a.b".c`, without quotes. Throws InvalidInput
/// naming `field` for what is none.
[[nodiscard]] std::vector<std::string> table_parts(std::string_view field, std::string_view name);

/// A table's name with every part in quotes.
[[nodiscard]] std::string quoted_table(std::string_view field, std::string_view name);

}  // namespace ragqueue
