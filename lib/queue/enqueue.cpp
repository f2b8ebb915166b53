#include "ragqueue/enqueue.hpp"

#include <fmt/format.h>

#include <optional>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "queue/job_id.hpp"
#include "queue/prepared_statements.hpp"
#include "queue/sql.hpp"

namespace ragqueue {

Uuid enqueue_index(pg_conn* connection, const Request& request) {
  validate(request);
  pg::Params params;
  params.add(request.source.organization_id)
      .add(request.source.source_type)
      .add(request.source.source_id)
      .add(to_string(request.action))
      .add(std::int32_t{request.priority})
      .add(pg::new_job_id());
  return pg::execute(connection, pg::enqueue_prepared, params).get<Uuid>(0, 0);
}

Uuid enqueue_index(pg_conn* connection, std::string_view organization_id, std::string_view source_type,
                   std::string_view source_id, std::string_view action, int priority) {
  return enqueue_index(connection,
                       Request{.source = {.organization_id = Uuid::parse(organization_id, "organization_id"),
                                          .source_type = std::string(source_type),
                                          .source_id = Uuid::parse(source_id, "source_id")},
                               .action = parse_action(action),
                               .priority = priority});
}

std::size_t enqueue_index(pg_conn* connection, std::span<const Request> requests) {
  for (std::size_t index = 0; index < requests.size(); ++index) {
    try {
      validate(requests[index]);
    } catch (const InvalidInput& error) {
      throw InvalidInput(fmt::format("requests[{}].{}", index, error.field()), error.value(), error.reason());
    }
  }
  if (requests.empty()) return 0;
  pg::Params params;
  params.add_array(requests, [](const Request&) { return pg::new_job_id(); })
      .add_array(requests, [](const Request& request) { return request.source.organization_id; })
      .add_array(requests,
                 [](const Request& request) { return std::string_view(request.source.source_type); })
      .add_array(requests, [](const Request& request) { return request.source.source_id; })
      .add_array(requests, [](const Request& request) { return to_string(request.action); })
      .add_array(requests, [](const Request& request) { return std::int32_t{request.priority}; });
  std::optional<pg::Transaction> transaction;
  if (!pg::in_transaction(connection)) transaction.emplace(connection);
  const std::size_t written = pg::execute(connection, sql::enqueue_many, params).affected();
  pg::execute(connection, sql::notify_idle);
  if (transaction) transaction->commit();
  return written;
}

}  // namespace ragqueue
