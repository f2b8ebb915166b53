#include "follow/watch_plan.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>

#include "db/statement.hpp"
#include "follow/source_columns.hpp"
#include "follow/sql.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

constexpr std::array events{
    WatchEvent{"insert", "AFTER INSERT", " REFERENCING NEW TABLE AS new_rows"},
    WatchEvent{"update", "AFTER UPDATE", " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"},
    WatchEvent{"delete", "AFTER DELETE", " REFERENCING OLD TABLE AS old_rows"},
    WatchEvent{"truncate", "AFTER TRUNCATE", ""},
};

void require_readable(pg_conn* connection, const WatchedTable& table) {
  const pg::Result row = pg::execute(connection, sql::hidden_from_owner, pg::Params().add(table.full_name));
  if (!row.get<bool>(0, 0)) return;
  throw Error(
      Fault::setup,
      fmt::format("{} has rows that {}, who owns ragqueue's tables, may not read, and so a change of a "
                  "table that it depends on cannot be followed: GRANT SELECT ON {} TO {}, and where it "
                  "has row-level security a policy that shows all rows, or BYPASSRLS",
                  table.full_name, row.get<std::string>(0, 1), table.full_name, row.get<std::string>(0, 1)));
}

}  // namespace

std::span<const WatchEvent> watch_events() {
  return events;
}

WatchHome watch_home(pg_conn* connection) {
  const pg::Result row = pg::execute(connection, sql::watch_home);
  return {.schema = row.get<std::string>(0, 0),
          .owner = row.get<std::string>(0, 1),
          .is_ours = row.get<bool>(0, 2),
          .may_act_for_it = row.get<bool>(0, 3)};
}

std::vector<WatchFunction> watch_functions(pg_conn* connection, const TableSource& source) {
  validate(source);
  const std::string field = fmt::format("table of source {}", source.type);
  const WatchedTable own = find_watched_table(connection, field, source.table, source.key);
  for (const std::string& column : read_columns(source)) require_column(own, field, column);
  std::vector<WatchFunction> functions;
  if (own.is_table) {
    functions.push_back(function_of_table(source, own));
  } else if (source.depends.empty()) {
    throw InvalidInput(field, source.table,
                       "is no table, and nothing tells of its changes: name the tables that it reads, "
                       "[[source.NAME.depends]], or enqueue in the application");
  }
  if (!source.depends.empty()) require_readable(connection, own);
  for (std::size_t place = 0; place < source.depends.size(); ++place) {
    const TableDependency& other = source.depends[place];
    const std::string other_field = fmt::format("depends.table of source {}", source.type);
    WatchedTable table = find_watched_table(connection, other_field, other.table, other.key);
    if (!table.is_table) throw InvalidInput(other_field, other.table, "is no table");
    for (const std::string& column : other.columns) require_column(table, other_field, column);
    functions.push_back(function_of_dependency(source, place, own, std::move(table)));
  }
  return functions;
}

std::vector<InstalledFunction> installed_functions(pg_conn* connection) {
  const pg::Result rows = pg::execute(connection, sql::watch_functions);
  std::vector<InstalledFunction> functions;
  for (int row = 0; row < rows.rows(); ++row) {
    functions.push_back({.name = rows.get<std::string>(row, 0),
                         .body = rows.get<std::string>(row, 1),
                         .source_type = rows.get<std::string>(row, 2)});
  }
  return functions;
}

std::vector<InstalledTrigger> installed_triggers(pg_conn* connection) {
  const pg::Result rows = pg::execute(connection, sql::watch_triggers);
  std::vector<InstalledTrigger> triggers;
  for (int row = 0; row < rows.rows(); ++row) {
    triggers.push_back({.function = rows.get<std::string>(row, 0),
                        .name = rows.get<std::string>(row, 1),
                        .relation = rows.get<std::string>(row, 2),
                        .enabled = rows.get<bool>(row, 3)});
  }
  return triggers;
}

}  // namespace ragqueue
