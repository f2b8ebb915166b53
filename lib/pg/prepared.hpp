#pragma once

#include "pg/sql.hpp"
#include "pg/statement.hpp"

namespace ragqueue::pg {

// What runs most often, and is planned alike whatever is in the tables: a kept plan never grows old.
inline constexpr Kept kept_enqueue{.name = "ragqueue_enqueue", .sql = sql::enqueue};
inline constexpr Kept kept_limits{.name = "ragqueue_limits", .sql = sql::limits};
inline constexpr Kept kept_claim{.name = "ragqueue_claim", .sql = sql::claim};
inline constexpr Kept kept_complete{.name = "ragqueue_complete", .sql = sql::complete};

/// Whether prepare_statements() was called for the connection, and its session has not forgotten since.
[[nodiscard]] bool is_prepared(pg_conn* connection) noexcept;

}  // namespace ragqueue::pg
