#pragma once

#include <string>

struct pg_conn;

namespace ragqueue::pg {

/// What the connection is doing, as a phrase that follows "it is".
[[nodiscard]] std::string state_in_words(pg_conn* connection);

/// Throws Misuse for null, and while a query, a COPY or the caller's own pipeline is under way. A transaction
/// may be open.
void require_idle(pg_conn* connection);

/// The same, and Misuse in a transaction that has failed.
void require_good(pg_conn* connection);

/// The same, and Misuse in any transaction; Error (outage) when the connection is lost. `purpose` follows
/// "expected one with no transaction open".
void require_no_transaction(pg_conn* connection, const std::string& purpose = {});

/// Whether the server says that it is a standby; those before PostgreSQL 14 do not say.
[[nodiscard]] bool in_hot_standby(pg_conn* connection) noexcept;

}  // namespace ragqueue::pg
