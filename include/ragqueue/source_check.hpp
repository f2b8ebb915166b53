#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/source_fetcher.hpp"

struct pg_conn;

namespace ragqueue {

/// What is wrong with a source's query.
struct SourceProblem {
  std::string source_type{};
  std::string message{};   ///< Names the column or table, and the cure.
  std::string sqlstate{};  ///< Where the server said so; else empty.
  bool stops = true;       ///< No source of the type can be read; else only a part of it is lost.
};

/// Has the server plan each query, without reading a row, as the role of `connection`: tables, columns,
/// rights and types; and looks at its columns: what is missing, and what nobody reads, with the nearest name
/// that is read. Empty when all is well. `connection` is idle. Waits a second for a lock at most. Once `stop`
/// is requested it returns soon, with the problems of the sources before. Throws Error only when the
/// connection is lost or not idle.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<SourceProblem> check_sources(pg_conn* connection,
                                                                       std::span<const SqlSource> sources,
                                                                       const std::stop_token& stop = {});

}  // namespace ragqueue
