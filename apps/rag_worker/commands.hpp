#pragma once

#include "options.hpp"

namespace rag_worker {

/// Carries out the command and prints what came of it. Throws UsageError and ragqueue::Error.
void execute(const Invocation& invocation);

}  // namespace rag_worker
