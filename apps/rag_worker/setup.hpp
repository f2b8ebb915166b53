#pragma once

#include "options.hpp"

namespace rag_worker {

/// Creates, adopts or upgrades the schema and says what it found; with --dry-run only that.
void init(const Invocation& invocation);

/// Takes away all that init and grants made, and prints the statements; with --dry-run only that.
void uninstall(const Invocation& invocation);

}  // namespace rag_worker
