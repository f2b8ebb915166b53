#include "db/connection_state.hpp"

#include <libpq-fe.h>

#include "db/statement.hpp"

namespace ragqueue::pg {

std::string state_in_words(pg_conn* connection) {
  if (connection == nullptr) return "null";
  if (PQstatus(connection) != CONNECTION_OK) return "not connected";
  if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF) return "in pipeline mode";
  switch (PQtransactionStatus(connection)) {
    case PQTRANS_ACTIVE:
      return "busy with a query or a COPY";
    case PQTRANS_INTRANS:
      return "in a transaction";
    case PQTRANS_INERROR:
      return "in a transaction that has failed";
    case PQTRANS_IDLE:
      return "idle";
    case PQTRANS_UNKNOWN:
      break;
  }
  return "not connected";
}

void require_idle(pg_conn* connection) {
  if (connection == nullptr) throw Misuse("null", "an open libpq connection");
  if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF || PQtransactionStatus(connection) == PQTRANS_ACTIVE) {
    throw Misuse(state_in_words(connection), "one whose results have all been read, not in pipeline mode");
  }
}

void require_good(pg_conn* connection) {
  require_idle(connection);
  if (PQtransactionStatus(connection) == PQTRANS_INERROR)
    throw Misuse(state_in_words(connection), "one that works; roll back first");
}

void require_no_transaction(pg_conn* connection, const std::string& purpose) {
  if (connection == nullptr) throw Misuse("null", "an open libpq connection");
  if (!usable(connection)) throw connection_error(connection);
  if (!idle(connection)) throw Misuse(state_in_words(connection), "one with no transaction open" + purpose);
}

bool in_hot_standby(pg_conn* connection) noexcept {
  const char* const told = PQparameterStatus(connection, "in_hot_standby");
  return told != nullptr && std::string_view(told) == "on";
}

}  // namespace ragqueue::pg
