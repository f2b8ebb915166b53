#include "queue/kept.hpp"

#include <array>

#include "ragqueue/connection.hpp"

namespace ragqueue {

void prepare_statements(pg_conn* connection) {
  pg::keep_statements(connection, std::array{pg::kept_enqueue, pg::kept_claim, pg::kept_complete});
}

}  // namespace ragqueue
