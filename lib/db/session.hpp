#pragma once

struct pg_conn;

namespace ragqueue::pg {

/// Whether the connection's session is ours alone, and not one that a pooler lends us. Throws Error.
[[nodiscard]] bool is_own_session(pg_conn* connection);

/// The same; in a session of ours the server's limits for idle ones are switched off. Transactions keep those
/// of limits.sql. Throws Error.
bool set_up_own_session(pg_conn* connection);

/// The server's process that serves the connection's session.
[[nodiscard]] int backend_of(pg_conn* connection) noexcept;

/// Ends another session of the same role, and rolls back what it has begun. Throws Error.
void end_session(pg_conn* connection, int backend);

/// A new session for the connection, whatever state it is in; what was open is rolled back. Throws Error when
/// the server does not have us.
void reset(pg_conn* connection);

}  // namespace ragqueue::pg
