#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "db/statement.hpp"

namespace ragqueue::pg {

/// How long a source query may take, and wait for a lock.
struct QueryLimits {
  std::chrono::milliseconds statement, lock;
};

/// Without what would end a statement around it: a final semicolon is a habit.
[[nodiscard]] std::string_view without_end(std::string_view query);

/// The query as fetch.sql's own, which reads its columns by name. `language` is that of rows that name none.
[[nodiscard]] std::string wrapped(std::string_view query, std::string_view language);

/// Runs a statement around a source query, with $1 the organization and $2 the ids, and app.current_org set
/// until it ends, so that row-level security of the application's tables holds.
Result query_rows(pg_conn* connection, const std::string& statement, const Uuid& organization_id,
                  std::span<const Uuid> source_ids);
/// The same in a transaction of its own.
Result query_rows(pg_conn* connection, const std::string& statement, const Uuid& organization_id,
                  std::span<const Uuid> source_ids, const QueryLimits& limits);

}  // namespace ragqueue::pg
