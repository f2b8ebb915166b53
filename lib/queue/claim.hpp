#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "queue/claim_cursor.hpp"
#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// claim.sql, in the transaction that is open, which must be READ COMMITTED. Looks at all that wait.
[[nodiscard]] std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit);

/// The same, beginning where the claims before it ended, as far as `cursor` says so, and without jobs of
/// the source types `without`.
[[nodiscard]] std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit,
                                         ClaimCursor& cursor, std::span<const std::string> without = {});

}  // namespace ragqueue::pg
