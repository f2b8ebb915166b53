#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "queue/low_water.hpp"
#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// claim.sql, in the transaction that is open, which must be READ COMMITTED. Looks at all that wait.
[[nodiscard]] std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit);

/// The same, beginning where the claims before it ended, as far as `low_water` says so, and without jobs of
/// the source types `without`.
[[nodiscard]] std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit,
                                         LowWater& low_water, std::span<const std::string> without = {});

}  // namespace ragqueue::pg
