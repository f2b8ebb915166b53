#pragma once

#include <span>

#include "ragqueue/request.hpp"
#include "ragqueue/uuid.hpp"

struct pg_conn;

namespace ragqueue::pg {

struct IdentifiedRequest {
  Uuid id;
  Request request;
};

enum class Sending { first, again };

/// Appends the requests under these ids and commits, all or none. When sent again, what the first sending
/// committed is left as it is, waiting or done.
void enqueue_group(pg_conn* connection, std::span<const IdentifiedRequest> requests, Sending sending);

}  // namespace ragqueue::pg
