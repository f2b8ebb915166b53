#pragma once

#include "options.hpp"

namespace rag_worker {

/// Checks all that `run` needs, and prints what came of each check and what to do about each fault. Changes
/// nothing in the database. Throws ragqueue::Error (setup) at the end where there was a fault.
void doctor(const Invocation& invocation);

}  // namespace rag_worker
