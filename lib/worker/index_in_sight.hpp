#pragma once

#include "ragqueue/error.hpp"

struct pg_conn;

namespace ragqueue {

/// Whether a statement inside a transaction, which has been rolled back since, missed a table of the index or
/// a right to it that the connection has outside: so the transaction's search_path or role was changed.
[[nodiscard]] bool is_index_in_sight(pg_conn* connection, const Error& error);

}  // namespace ragqueue
