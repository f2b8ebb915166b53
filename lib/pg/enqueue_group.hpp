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

/// Appends the requests under these ids and commits, all or none; what stands already is left as it is.
void enqueue_group(pg_conn* connection, std::span<const IdentifiedRequest> requests);

}  // namespace ragqueue::pg
