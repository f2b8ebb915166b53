#pragma once

#include "options.hpp"

namespace rag_worker {

/// The commands that read the index: each prints what it finds.
void search(const Invocation& invocation);
void similar(const Invocation& invocation);
void related(const Invocation& invocation);

}  // namespace rag_worker
