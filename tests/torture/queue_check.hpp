#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checks.hpp"

namespace ragqueue::torture {

struct QueueRow {
  Uuid id;
  SourceKey source;
  std::string status;
  int attempts = 0, rescues = 0;
  std::string last_error;
  bool superseded = false;
  std::int64_t seq = 0;
  std::string last_writer;  ///< xmin.
};

/// All requests for the sources, in the order in which they came to what they are.
[[nodiscard]] std::vector<QueueRow> read_queue(pg_conn* connection, const std::vector<SourceKey>& sources);

/// Every committed request has ended, failures have a cause in the text, and no attempt was spent by the
/// weather.
void check_queue(const std::vector<QueueRow>& rows, const Deeds& deeds, Findings& findings);

}  // namespace ragqueue::torture
