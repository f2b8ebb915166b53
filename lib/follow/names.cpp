#include "follow/names.hpp"

#include <cstddef>

#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

std::string in_quotes(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char letter : text) quoted.append(letter == quote ? 2 : 1, letter);
  return quoted + quote;
}

/// Takes the first part of the name off it.
std::string take_part(std::string_view& name) {
  const bool in_quotes = name.starts_with('"');
  if (in_quotes) name.remove_prefix(1);
  std::string part;
  while (!name.empty()) {
    const char letter = name.front();
    if (!in_quotes && letter == '.') return part;
    name.remove_prefix(1);
    if (in_quotes && letter == '"') {
      if (!name.starts_with('"')) return part;
      name.remove_prefix(1);
    }
    part += letter;
  }
  return part;
}

}  // namespace

std::string quoted_name(std::string_view name) {
  return in_quotes(name, '"');
}

std::string column_of_row(std::string_view column) {
  return "t." + quoted_name(column);
}

std::string quoted_text(std::string_view text) {
  // A backslash means itself in this form, whatever the server's settings.
  std::string quoted = in_quotes(text, '\'');
  if (quoted.find('\\') == std::string::npos) return quoted;
  std::string escaped = "E";
  for (const char letter : quoted) escaped.append(letter == '\\' ? 2 : 1, letter);
  return escaped;
}

std::string quoted_array(std::span<const std::string> texts) {
  std::string listed;
  for (const std::string& text : texts) listed += (listed.empty() ? "" : ", ") + quoted_text(text);
  return "ARRAY[" + listed + "]::text[]";
}

std::vector<std::string> table_parts(std::string_view field, std::string_view name) {
  constexpr std::size_t most = 2;
  std::vector<std::string> parts;
  std::string_view left = name;
  for (;;) {
    parts.push_back(take_part(left));
    if (parts.back().empty() || parts.size() > most || (!left.empty() && left.front() != '.')) {
      throw InvalidInput(std::string(field), std::string(name),
                         "must be a table's name, such as tickets or helpdesk.tickets");
    }
    if (left.empty()) return parts;
    left.remove_prefix(1);
  }
}

std::string quoted_table(std::string_view field, std::string_view name) {
  std::string quoted;
  for (const std::string& part : table_parts(field, name))
    quoted += (quoted.empty() ? "" : ".") + quoted_name(part);
  return quoted;
}

}  // namespace ragqueue
