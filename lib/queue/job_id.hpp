#pragma once

#include "ragqueue/uuid.hpp"

namespace ragqueue::pg {

/// A new id for a row of rag_index_queue: UUID version 7 (RFC 9562), so that ids of one moment stand together
/// in the primary key. Thread-safe.
[[nodiscard]] Uuid new_job_id();

}  // namespace ragqueue::pg
