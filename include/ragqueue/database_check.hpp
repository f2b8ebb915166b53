#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/source_fetcher.hpp"

struct pg_conn;

namespace ragqueue {

/// Something in or around the database that ragqueue will trip over, or its users.
struct DatabaseFinding {
  bool fault = true;    ///< false: everything works, but not as somebody may expect.
  std::string message;  ///< What was found, by name.
  std::string advice;   ///< What to do, and who.
};

/// One thing that was looked at.
struct DatabaseCheck {
  std::string name;                       ///< Such as `publications`.
  std::vector<DatabaseFinding> findings;  ///< Empty where all is well.
};

/// Looks at a database whose schema is of this version, as the connection's role: can it be written to, are
/// publications, sequences, indexes, columns, triggers, policies and other roles as they must be, and do the
/// functions of the schema work for this role? Writes nothing. One entry for each check, in a fixed order;
/// a check that fails itself is a finding. Throws Error (Fault::outage) when the connection breaks,
/// InvalidInput for a connection with a transaction open.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<DatabaseCheck> check_database(pg_conn* connection);

/// Roles that may use the queue but see none of its rows, such as those that had rights before it was adopted
/// or that dump the database; with what each needs. Part of check_database().
[[nodiscard]] RAGQUEUE_EXPORT std::vector<DatabaseFinding> blind_roles(pg_conn* connection);

/// A table that a source query reads from end to end, whatever the ids.
struct LargeScan {
  std::string table;
  std::int64_t rows = 0;  ///< As the server estimates.
};

/// Which tables of 10,000 rows or more the query would read whole, by the server's plan for ten ids; for want
/// of an index, as a rule. Does not run the query. Throws Error where it cannot be planned.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<LargeScan> large_scans(pg_conn* connection,
                                                                 const SqlSource& source);

/// How far the server's clock is ahead of this machine's; negative when it is behind. Half a round trip is
/// the error.
[[nodiscard]] RAGQUEUE_EXPORT std::chrono::milliseconds clock_difference(pg_conn* connection);

}  // namespace ragqueue
