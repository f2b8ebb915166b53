#pragma once

#include <vector>

#include "queue_check.hpp"

namespace ragqueue::torture {

/// The index is what reading, cutting and embedding the sources now gives: documents, chunks, vectors, nodes
/// and edges; nothing is left of a source that is gone. Sources whose last request failed are left out.
void check_index(pg_conn* connection, const std::vector<SourceKey>& sources,
                 const std::vector<QueueRow>& rows, Findings& findings);

}  // namespace ragqueue::torture
