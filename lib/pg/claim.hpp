#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// claim.sql, in the transaction that is open or by itself.
[[nodiscard]] std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit);

/// Runs `claim` again when it collided with another claim at the unique index of running rows.
template <class Claim>
auto again_on_collision(const Claim& claim) {
  constexpr std::string_view unique_violation = "23505";
  try {
    return claim();
  } catch (const Error& error) {
    if (error.sqlstate() != unique_violation) throw;
  }
  return claim();
}

}  // namespace ragqueue::pg
