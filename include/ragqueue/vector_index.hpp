#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// How the HNSW index over the chunks' vectors stands. A new schema has none: built over rows that are
/// there already it costs a fifth of what it costs row by row, and a search that compares all is exact.
enum class VectorIndex {
  unneeded,  ///< There is none, and with so few chunks none is wanted.
  due,       ///< There is none, or what a build that was broken off has left.
  building,
  ready,
};

/// From so many chunks on: up to there, comparing all of them takes some 25 ms.
inline constexpr std::int64_t default_vector_index_from = 5'000;

[[nodiscard]] RAGQUEUE_EXPORT std::string_view to_string(VectorIndex state) noexcept;

/// One statement, which counts no more than `from` chunks. Any valid HNSW index over them counts as ready.
/// Throws Error.
[[nodiscard]] RAGQUEUE_EXPORT VectorIndex vector_index(pg_conn* connection,
                                                       std::int64_t from = default_vector_index_from);

/// Builds the index where it is due, and returns how it stands then; `building`, at once, where another
/// program is at it. Neither readers nor writers wait for the build, but it waits for transactions that
/// are open; once `stop` is requested it is broken off. Takes up to 1 GiB of the server's memory, or its
/// maintenance_work_mem if that is more. `conninfo` as for Connection, of the tables' owner: for others
/// throws Error (Fault::setup). Thread-safe.
RAGQUEUE_EXPORT VectorIndex build_vector_index(const std::string& conninfo,
                                               std::int64_t from = default_vector_index_from,
                                               const std::stop_token& stop = {});

}  // namespace ragqueue
