#pragma once

#include <cstdint>

#include "ragqueue/log.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// How extractor, chunker and embedder read bodies. Raised when the same body gets other chunks than before.
inline constexpr std::int32_t text_version = 1;

/// Requests every document of an index that was made by an earlier reading, behind all fresh requests, in
/// steps, so that no transaction is long. What did not change is not embedded again. Broken off, the next
/// call begins anew with what does not wait yet.
void request_read_before(pg_conn* connection, const Log& log);

}  // namespace ragqueue::pg
