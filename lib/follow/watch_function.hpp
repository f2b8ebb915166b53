#pragma once

#include <string>
#include <vector>

#include "follow/watched_table.hpp"
#include "ragqueue/table_source.hpp"

namespace ragqueue {

/// A table whose changes are followed for a source, and the trigger function that does it.
struct WatchFunction {
  std::string name;    ///< Within our schema; also how its triggers' names begin.
  std::string body;    ///< PL/pgSQL.
  std::string trial;   ///< A query that is planned only if what the function runs can be.
  WatchedTable table;  ///< That it stands on.
};

/// Of the source's own table, which is `table`.
[[nodiscard]] WatchFunction function_of_table(const TableSource& source, WatchedTable table);

/// Of one that the source depends on, by its place among them; `own` is the source's.
[[nodiscard]] WatchFunction function_of_dependency(const TableSource& source, std::size_t place,
                                                   const WatchedTable& own, WatchedTable table);

/// How the names of a source's functions begin.
[[nodiscard]] std::string watch_prefix(const std::string& source_type);

}  // namespace ragqueue
