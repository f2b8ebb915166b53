#include "checks.hpp"

#include "index_check.hpp"
#include "queue_check.hpp"
#include "run_check.hpp"

namespace ragqueue::torture {

Findings check_round(pg_conn* connection, const std::vector<SourceKey>& sources, const Deeds& deeds,
                     const Evidence& evidence) {
  Findings findings;
  findings.violations = evidence.violations;
  const std::vector<QueueRow> rows = read_queue(connection, sources);
  check_queue(rows, deeds, findings);
  check_runs(connection, rows, evidence.runs, findings);
  check_index(connection, sources, rows, findings);
  return findings;
}

}  // namespace ragqueue::torture
