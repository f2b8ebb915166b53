#pragma once

#include <istream>
#include <ragqueue/request.hpp>
#include <vector>

namespace rag_worker {

/// What a line that says nothing of it gets.
struct RequestDefaults {
  ragqueue::Action action = ragqueue::Action::upsert;
  int priority = ragqueue::default_priority;
};

/// Reads lines `ORG TYPE ID [ACTION [PRIORITY]]`, parted by white space, with UUIDs or integers as ORG and
/// ID; blank lines are skipped.
/// Throws UsageError that names the number of the first wrong line.
[[nodiscard]] std::vector<ragqueue::Request> read_requests(std::istream& input,
                                                           const RequestDefaults& defaults);

}  // namespace rag_worker
