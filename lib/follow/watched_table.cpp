#include "follow/watched_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "db/statement.hpp"
#include "follow/names.hpp"
#include "follow/sql.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

bool is_of_name(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_of_name(text[at - 1])) && (end == text.size() || !is_of_name(text[end]))) return true;
  }
  return false;
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return lower;
}

}  // namespace

WatchedTable find_watched_table(pg_conn* connection, std::string_view field, const std::string& table,
                                const std::string& key) {
  const pg::Result row =
      pg::execute(connection, sql::watched_table, pg::Params().add(quoted_table(field, table)).add(key));
  if (row.rows() == 0) {
    throw InvalidInput(std::string(field), table,
                       "there is no such table, or the role may not use its schema");
  }
  const auto kind = row.get<std::string>(0, 1);
  WatchedTable found{.full_name = row.get<std::string>(0, 0),
                     .is_table = kind == "r" || kind == "p",
                     .columns = row.get_array<std::string>(0, 2),
                     .text_key = row.get<bool>(0, 3),
                     .relations = row.get_array<std::string>(0, 4)};
  require_column(found, field, key);
  return found;
}

void require_column(const WatchedTable& table, std::string_view field, const std::string& column) {
  if (std::ranges::find(table.columns, column) != table.columns.end()) return;
  throw InvalidInput(fmt::format("column of {}, {}", table.full_name, field), column,
                     fmt::format("must be one of its columns: {}", fmt::join(table.columns, ", ")));
}

std::vector<std::string> columns_in(std::string_view condition, const WatchedTable& table) {
  const std::string folded = in_lower_case(condition);
  std::vector<std::string> named;
  for (const std::string& column : table.columns) {
    if (has_word(condition, column) || has_word(folded, column)) named.push_back(column);
  }
  return named;
}

}  // namespace ragqueue
