#pragma once

#include <span>

#include "db/sql.hpp"
#include "db/statement.hpp"

namespace ragqueue::pg {

inline constexpr PreparedStatement limits_statement{.name = "ragqueue_limits", .sql = sql::limits};

/// Whether prepare_all() was called for the connection, and its session has not forgotten since.
[[nodiscard]] bool is_prepared(pg_conn* connection) noexcept;

/// Has the session keep these statements, and limits_statement. Throws Misuse in a transaction.
void prepare_all(pg_conn* connection, std::span<const PreparedStatement> statements);

}  // namespace ragqueue::pg
