#pragma once

#include <ragqueue/source_check.hpp>

namespace rag_worker {

/// Not every application has what the built-in queries read: that matters only where such a source is
/// enqueued.
[[nodiscard]] bool is_absent_builtin(const ragqueue::SourceProblem& problem,
                                     const ragqueue::SqlSource& source);

}  // namespace rag_worker
