#include "queue/enqueue_group.hpp"

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "queue/sql.hpp"

namespace ragqueue::pg {

void enqueue_group(pg_conn* connection, std::span<const IdentifiedRequest> requests, Sending sending) {
  const auto source = [](const IdentifiedRequest& one) -> const SourceKey& { return one.request.source; };
  Params params;
  params.add_array(requests, &IdentifiedRequest::id)
      .add_array(requests, [&](const auto& one) { return source(one).organization_id; })
      .add_array(requests, [&](const auto& one) { return source(one).source_type; })
      .add_array(requests, [&](const auto& one) { return source(one).source_id; })
      .add_array(requests, [](const auto& one) { return to_string(one.request.action); })
      .add_array(requests, [](const auto& one) { return std::int32_t{one.request.priority}; });
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
