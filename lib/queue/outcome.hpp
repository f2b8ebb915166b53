#pragma once

#include <span>
#include <vector>

#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// What became of a claim, by its token.
enum class Outcome {
  valid,     ///< The job is running under it.
  done,      ///< Acknowledged.
  retried,   ///< Its failure is recorded, and another attempt will follow.
  failed,    ///< Failed for good.
  released,  ///< Given back.
  unknown,   ///< The row carries another token or none: taken over, or the claim itself was never committed.
};

/// Asks what became of each of these claims, in their order; waits for a transaction that still changes them.
/// The connection's isolation level must be READ COMMITTED. Throws Error.
[[nodiscard]] std::vector<Outcome> outcomes_of(pg_conn* connection, std::span<const Job> jobs);

}  // namespace ragqueue::pg
