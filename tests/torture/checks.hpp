#pragma once

#include <string>
#include <vector>

#include "application.hpp"
#include "evidence.hpp"

struct pg_conn;

namespace ragqueue::torture {

/// What is counted of a round's end, beside its violations.
struct Findings {
  std::vector<std::string> violations;
  std::size_t jobs = 0, done = 0, superseded = 0, failed = 0;
  std::size_t runs = 0;     ///< Committed stores of a source.
  std::size_t late = 0;     ///< Stores that were begun and came to nothing.
  std::size_t spent = 0;    ///< Attempts, all by jobs whose text is at fault.
  std::size_t rescued = 0;  ///< Times that a job's worker vanished.
};

/// Compares queue, index and evidence of one settled round with its sources. `connection` is the primary's.
[[nodiscard]] Findings check_round(pg_conn* connection, const std::vector<SourceKey>& sources,
                                   const Deeds& deeds, const Evidence& evidence);

}  // namespace ragqueue::torture
