#include "queue/prepared_statements.hpp"

#include <array>

#include "ragqueue/connection.hpp"

namespace ragqueue {

void prepare_statements(pg_conn* connection) {
  pg::prepare_all(connection, std::array{pg::enqueue_prepared, pg::claim_prepared, pg::complete_prepared});
}

}  // namespace ragqueue
