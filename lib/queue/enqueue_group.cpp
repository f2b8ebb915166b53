#include "queue/enqueue_group.hpp"

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "queue/request_params.hpp"
#include "queue/sql.hpp"

namespace ragqueue::pg {

void enqueue_group(pg_conn* connection, std::span<const IdentifiedRequest> requests, Sending sending) {
  Params params;
  params.add_array(requests, &IdentifiedRequest::id);
  add_requests(params, requests, &IdentifiedRequest::request);
  if (sending == Sending::first) {
    execute(connection, sql::enqueue_group, params);
    return;
  }
  Transaction transaction(connection, Timeouts::none);
  execute(connection, sql::enqueue_group, params);
  execute(connection, sql::drop_repeated, Params().add_array(requests, &IdentifiedRequest::id));
  transaction.commit();
}

}  // namespace ragqueue::pg
