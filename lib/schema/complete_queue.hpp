#pragma once

struct pg_conn;

namespace ragqueue::pg {

/// Looks at the rows of an adopted queue, a part of the table in a transaction, while everybody reads and
/// writes: what waits, or was running, may be claimed from then on; what is over moves to the archive, unless
/// jobs finish in place. Begun again, it goes on.
void complete_queue(pg_conn* connection);

}  // namespace ragqueue::pg
