#pragma once

#include <ragqueue/connection.hpp>
#include <ragqueue/source_fetcher.hpp>
#include <vector>

#include "finding.hpp"

namespace rag_worker {

/// What surrounds the tables, of a schema that is sound: a finding for each check, more where it finds more.
[[nodiscard]] std::vector<Finding> examine_surroundings(const ragqueue::Connection& connection);

/// The tables that the query reads whole; nothing where there are none or the query cannot be planned.
[[nodiscard]] std::vector<Finding> examine_plan(const ragqueue::Connection& connection,
                                                const ragqueue::SqlSource& source);

}  // namespace rag_worker
