#pragma once

#include "ragqueue/log.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// What follows once the schema stands, while everybody reads and writes: requests for what was adopted,
/// indexes that are missing, a look at what the constraints have not seen yet. Each step by itself, so that
/// what was broken off is taken up by the next call; costs a few look-ups when nothing is to be done.
/// `log` hears who keeps it waiting.
void complete(pg_conn* connection, const Log& log);

}  // namespace ragqueue::pg
