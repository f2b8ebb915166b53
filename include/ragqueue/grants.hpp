#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// What a database role is to do with ragqueue's tables.
enum class Duty {
  work,     ///< Run rag_worker: index for every organization, retry, discard.
  enqueue,  ///< Ask for sources to be indexed.
  read,     ///< Search the organization that its session sets as app.current_org.
  monitor,  ///< Count jobs and workers of every organization, without contents.
  backup,   ///< Dump the tables, whole.
};

/// Reads the duty's name, such as `work`. Throws InvalidInput.
[[nodiscard]] RAGQUEUE_EXPORT Duty parse_duty(std::string_view text);

/// The SQL that gives `role` the least rights for its duty, on the tables that the connection's search path
/// finds; for their owner to run, any number of times. Only reads the database. `role` need not exist yet.
/// Throws InvalidInput for a role that is empty, too long, or `public`, which is everyone.
[[nodiscard]] RAGQUEUE_EXPORT std::string grants(pg_conn* connection, std::string_view role, Duty duty);

/// What `role` lacks of what grants() gives for the duty, one phrase for each object; empty when it lacks
/// nothing, or when there are no tables yet. Rows that row-level security would hide from it without a word
/// count, too: a policy other than USING (true) does not show all of them.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<std::string> missing_privileges(pg_conn* connection,
                                                                          std::string_view role, Duty duty);

/// Throws Error (Fault::setup) unless the connection's role can do all that the duty needs. The message names
/// everything that it lacks and the command that mends it. Silent where there are no tables yet:
/// require_schema() says that.
RAGQUEUE_EXPORT void require_privileges(pg_conn* connection, Duty duty);

}  // namespace ragqueue
