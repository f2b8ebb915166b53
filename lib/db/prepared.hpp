#pragma once

#include <span>

#include "db/sql.hpp"
#include "db/statement.hpp"

namespace ragqueue::pg {

inline constexpr Kept kept_limits{.name = "ragqueue_limits", .sql = sql::limits};

/// Whether keep_statements() was called for the connection, and its session has not forgotten since.
[[nodiscard]] bool is_prepared(pg_conn* connection) noexcept;

/// Has the session keep these statements, and kept_limits. Throws InvalidInput unless the connection is idle.
void keep_statements(pg_conn* connection, std::span<const Kept> statements);

}  // namespace ragqueue::pg
