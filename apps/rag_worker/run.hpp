#pragma once

#include "options.hpp"

namespace rag_worker {

/// Indexes until SIGTERM or SIGINT, or until nothing is left to do with --drain. A second signal gives back
/// at once what is in flight. Throws ragqueue::Error.
void run(const Invocation& invocation);

}  // namespace rag_worker
