#pragma once

#include "db/prepared.hpp"
#include "queue/sql.hpp"

namespace ragqueue::pg {

// What runs most often, and is planned alike whatever is in the tables: a kept plan never grows old.
inline constexpr PreparedStatement enqueue_prepared{.name = "ragqueue_enqueue", .sql = sql::enqueue};
inline constexpr PreparedStatement claim_prepared{.name = "ragqueue_claim", .sql = sql::claim};
inline constexpr PreparedStatement complete_prepared{.name = "ragqueue_complete", .sql = sql::complete};

}  // namespace ragqueue::pg
