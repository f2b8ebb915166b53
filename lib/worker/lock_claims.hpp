#pragma once

#include <span>

#include "db/session_state.hpp"
#include "ragqueue/request.hpp"

namespace ragqueue {

/// Locks the claimed rows, so that a rescue leaves them alone, until the transaction ends; returns its state.
/// Throws LostClaim when any token is lost.
[[nodiscard]] pg::SessionState lock_claims(pg_conn* transaction, std::span<const Job> jobs);

}  // namespace ragqueue
