#pragma once

#include <string>
#include <string_view>

#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// What a database role is to do: run rag_worker, enqueue, or search.
enum class Duty { work, enqueue, read };

/// Reads `work`, `enqueue` or `read`. Throws InvalidInput.
[[nodiscard]] RAGQUEUE_EXPORT Duty parse_duty(std::string_view text);

/// The SQL that gives `role` the least rights for its duty, on the tables in the first schema of the
/// connection's search path; for their owner to run, any number of times. Only reads the database. `role`
/// need not exist yet.
[[nodiscard]] RAGQUEUE_EXPORT std::string grants(pg_conn* connection, std::string_view role, Duty duty);

}  // namespace ragqueue
