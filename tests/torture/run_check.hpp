#pragma once

#include <vector>

#include "queue_check.hpp"

namespace ragqueue::torture {

/// By the workers' own evidence: of the runs that committed no two of one source overlap, each store
/// acknowledged a job in its own transaction, each job that is done was stored exactly once, and the tokens
/// of a source rise. A worker that lost its lease may compute beside its successor; its store must come to
/// nothing.
void check_runs(pg_conn* connection, const std::vector<QueueRow>& rows, const std::vector<Run>& runs,
                Findings& findings);

}  // namespace ragqueue::torture
