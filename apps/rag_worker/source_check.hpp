#pragma once

#include <optional>
#include <ragqueue/source_fetcher.hpp>
#include <string>

struct pg_conn;

namespace rag_worker {

/// A source that cannot be read.
struct SourceProblem {
  std::string words;
  bool matters = true;  ///< No: it is built in, and the application has no such table.
};

/// Runs the source's query for no ids. Throws ragqueue::Error when the connection is lost.
[[nodiscard]] std::optional<SourceProblem> check_source(const ragqueue::SourceFetcher& sources,
                                                        pg_conn* connection,
                                                        const ragqueue::SqlSource& source);

}  // namespace rag_worker
