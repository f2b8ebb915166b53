#pragma once

#include "db/prepared.hpp"
#include "queue/sql.hpp"

namespace ragqueue::pg {

// What runs most often, and is planned alike whatever is in the tables: a kept plan never grows old.
inline constexpr Kept kept_enqueue{.name = "ragqueue_enqueue", .sql = sql::enqueue};
inline constexpr Kept kept_claim{.name = "ragqueue_claim", .sql = sql::claim};
inline constexpr Kept kept_complete{.name = "ragqueue_complete", .sql = sql::complete};

}  // namespace ragqueue::pg
