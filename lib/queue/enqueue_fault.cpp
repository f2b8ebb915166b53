#include "queue/enqueue_fault.hpp"

#include <fmt/format.h>

#include "db/connection_state.hpp"

namespace ragqueue::pg {

namespace {

constexpr std::string_view read_only_transaction = "25006";

std::string_view cure_of(std::string_view sqlstate) {
  if (sqlstate == "42883" || sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "3F000") {
    return "the database has no ragqueue schema of this version in the connection's search_path; create or "
           "upgrade it with: rag_worker init";
  }
  if (sqlstate == "42501")
    return "have the owner run the SQL that this prints: rag_worker grants ROLE --duty enqueue";
  if (sqlstate == read_only_transaction)
    return "enqueue in a transaction that may write: neither BEGIN READ ONLY nor "
           "default_transaction_read_only";
  return {};
}

}  // namespace

void rethrow_with_cure(pg_conn* connection, const Error& error) {
  const std::string_view cure = cure_of(error.sqlstate());
  const bool passes = error.sqlstate() == read_only_transaction && in_hot_standby(connection);
  if (cure.empty() || passes) throw;
  throw Error(Fault::setup, fmt::format("{}; {}", error.what(), cure), error.sqlstate());
}

}  // namespace ragqueue::pg
