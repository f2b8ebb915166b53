#pragma once

namespace rag_worker {

/// Fills standard descriptors that the caller closed, so that no connection gets their numbers and is written
/// to as if it were them. Reading and writing them goes on to fail.
void take_missing_descriptors();

}  // namespace rag_worker
