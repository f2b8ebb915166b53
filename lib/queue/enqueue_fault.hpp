#pragma once

#include "ragqueue/error.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// In a handler: throws anew what an enqueue in the caller's transaction met, with the cure where there is
/// one. A session that is read-only, on a server that is not, is a matter of set-up.
[[noreturn]] void rethrow_with_cure(pg_conn* connection, const Error& error);

}  // namespace ragqueue::pg
