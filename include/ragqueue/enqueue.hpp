#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/request.hpp"
#include "ragqueue/uuid.hpp"

struct pg_conn;  // libpq's PGconn

namespace ragqueue {

/// Appends one request to `rag_index_queue` and returns the job's id.
///
/// Runs inside the transaction that is open on `connection`, so that a rollback takes the request with it;
/// with none open, it commits by itself. One round trip; waits for no lock of another enqueue or claim.
/// Write the row first, then enqueue: of requests for one source that wait together, the one enqueued last
/// decides. `connection` is from the libpq that ragqueue links, and used by one thread at a time.
///
/// Throws, before anything is sent, InvalidInput for the request, and Misuse for a connection that is null,
/// busy, in pipeline mode or in a transaction that has failed; Error when the database refuses: Fault::setup
/// where the schema or a right is missing or the session is read-only, Fault::outage, or Fault::job.
RAGQUEUE_EXPORT Uuid enqueue_index(pg_conn* connection, const Request& request);

/// The same: `enqueue_index(db, SourceKey{.organization_id = …, .source_type = "ticket", .source_id = …})`.
RAGQUEUE_EXPORT Uuid enqueue_index(pg_conn* connection, const SourceKey& source,
                                   Action action = Action::upsert, int priority = default_priority);

/// The same. Of these two types, to swap organization and id does not compile.
RAGQUEUE_EXPORT Uuid enqueue_index(pg_conn* connection, const OrganizationId& organization_id,
                                   std::string_view source_type, const SourceId& source_id,
                                   Action action = Action::upsert, int priority = default_priority);

/// The same from text, as request handlers have it: `enqueue_index(db, org, "ticket", id)`.
RAGQUEUE_EXPORT Uuid enqueue_index(pg_conn* connection, std::string_view organization_id,
                                   std::string_view source_type, std::string_view source_id,
                                   std::string_view action = "upsert", int priority = default_priority);

/// Appends any number of requests in one statement, all or none of them. Returns how many.
/// Each is validated before the first is sent; InvalidInput names the position of the wrong one.
RAGQUEUE_EXPORT std::size_t enqueue_index(pg_conn* connection, std::span<const Request> requests);

}  // namespace ragqueue
