#pragma once

#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/request.hpp"
#include "ragqueue/uuid.hpp"

namespace ragqueue {

/// How a client library writes the places of parameters: `$1`, as PostgreSQL does, or `:p1`.
enum class Placeholders { numbered, named };

/// An enqueue as SQL for whatever client of PostgreSQL a program has.
struct EnqueueStatement {
  Uuid id;                              ///< Of the job; made here, and returned by the statement as well.
  std::string sql{};                    ///< The same text for all requests that have, or lack, a not_before.
  std::vector<std::string> parameters;  ///< In their order, each in PostgreSQL's text form; none is NULL.
};

/// What enqueue_index() would send for this request. Run it once, in the transaction that writes the row; it
/// returns one row of one uuid. It needs neither types of the parameters nor a prepared statement, and may be
/// prepared. Does no I/O. Thread-safe. Throws InvalidInput.
[[nodiscard]] RAGQUEUE_EXPORT EnqueueStatement
enqueue_statement(const Request& request, Placeholders placeholders = Placeholders::numbered);

}  // namespace ragqueue
