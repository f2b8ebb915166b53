#include "db/session.hpp"

#include <libpq-fe.h>

#include <cstdint>

#include "db/statement.hpp"

namespace ragqueue::pg {

bool is_own_session(pg_conn* connection) {
  return execute(connection, "SELECT pg_backend_pid()").get<std::int32_t>(0, 0) == PQbackendPID(connection);
}

}  // namespace ragqueue::pg
