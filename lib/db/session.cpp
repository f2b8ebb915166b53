#include "db/session.hpp"

#include <libpq-fe.h>

#include <cstdint>

#include "db/statement.hpp"

namespace ragqueue::pg {

bool is_own_session(pg_conn* connection) {
  return execute(connection, "SELECT pg_backend_pid()").get<std::int32_t>(0, 0) == PQbackendPID(connection);
}

void reset(pg_conn* connection) {
  const bool ascii = std::string_view(pg_encoding_to_char(PQclientEncoding(connection))) == "SQL_ASCII";
  PQreset(connection);
  if (!usable(connection)) throw connection_error(connection);
  (void)PQsetnonblocking(connection, 0);
  if (ascii) PQsetClientEncoding(connection, "SQL_ASCII");
}

bool set_up_own_session(pg_conn* connection) {
  if (!is_own_session(connection)) return false;
  execute_script(connection, "SET idle_session_timeout = 0; SET idle_in_transaction_session_timeout = 0");
  return true;
}

int backend_of(pg_conn* connection) noexcept {
  return PQbackendPID(connection);
}

void end_session(pg_conn* connection, int backend) {
  constexpr std::int64_t patience = 1'000;  // ms
  execute(connection, "SELECT pg_terminate_backend($1, $2)",
          Params().add(std::int32_t{backend}).add(patience));
}

}  // namespace ragqueue::pg
