#pragma once

#include <string>
#include <string_view>
#include <vector>

struct pg_conn;

namespace ragqueue {

/// A table, or view, as the database has it.
struct WatchedTable {
  std::string full_name;  ///< With its schema, quoted where SQL needs it.
  bool is_table = false;  ///< Else a view: triggers cannot tell of its rows.
  std::vector<std::string> columns;
  bool text_key = false;
  std::vector<std::string> relations;  ///< What triggers belong on: itself, partitions, children.
};

/// Throws InvalidInput naming `field` where there is no such table, or it has no such key.
[[nodiscard]] WatchedTable find_watched_table(pg_conn* connection, std::string_view field,
                                              const std::string& table, const std::string& key);

/// Throws InvalidInput naming `field` where the table has no such column.
void require_column(const WatchedTable& table, std::string_view field, const std::string& column);

/// Those of the table's columns whose names stand in the condition.
[[nodiscard]] std::vector<std::string> columns_in(std::string_view condition, const WatchedTable& table);

}  // namespace ragqueue
