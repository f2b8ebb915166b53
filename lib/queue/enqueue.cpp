#include "ragqueue/enqueue.hpp"

#include <fmt/format.h>

#include <optional>

#include "db/connection_state.hpp"
#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "queue/enqueue_fault.hpp"
#include "queue/job_id.hpp"
#include "queue/prepared_statements.hpp"
#include "queue/request_params.hpp"
#include "queue/sql.hpp"

namespace ragqueue {

namespace {

std::size_t enqueue_all(pg_conn* connection, std::span<const Request> requests) {
  pg::Params params;
  params.add_array(requests, [](const Request&) { return pg::new_job_id(); });
  pg::add_requests(params, requests);
  std::optional<pg::Transaction> transaction;
  if (!pg::in_transaction(connection)) transaction.emplace(connection);
  const std::size_t written = pg::execute(connection, sql::enqueue_many, params).affected();
  pg::execute(connection, sql::notify_idle);
  if (transaction) transaction->commit();
  return written;
}

}  // namespace

Uuid enqueue_index(pg_conn* connection, const Request& request) {
  validate(request);
  pg::require_good(connection);
  pg::Params params;
  params.add(request.source.organization_id)
      .add(request.source.source_type)
      .add(request.source.source_id)
      .add(to_string(request.action))
      .add(std::int32_t{request.priority})
      .add(pg::new_job_id());
  try {
    if (!request.not_before) return pg::execute(connection, pg::enqueue_prepared, params).get<Uuid>(0, 0);
    params.add(pg::timestamp_of(*request.not_before));
    return pg::execute(connection, sql::enqueue_later, params).get<Uuid>(0, 0);
  } catch (const Error& error) {
    pg::rethrow_with_cure(connection, error);
  }
}

Uuid enqueue_index(pg_conn* connection, const SourceKey& source, Action action, int priority) {
  return enqueue_index(connection, Request{.source = source, .action = action, .priority = priority});
}

Uuid enqueue_index(pg_conn* connection, const OrganizationId& organization_id, std::string_view source_type,
                   const SourceId& source_id, Action action, int priority) {
  return enqueue_index(connection,
                       SourceKey{.organization_id = organization_id,
                                 .source_type = std::string(source_type),
                                 .source_id = source_id},
                       action, priority);
}

Uuid enqueue_index(pg_conn* connection, std::string_view organization_id, std::string_view source_type,
                   std::string_view source_id, std::string_view action, int priority) {
  return enqueue_index(connection, OrganizationId(organization_id), source_type, SourceId(source_id),
                       parse_action(action), priority);
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
  pg::require_good(connection);
  try {
    return enqueue_all(connection, requests);
  } catch (const Error& error) {
    pg::rethrow_with_cure(connection, error);
  }
}

}  // namespace ragqueue
