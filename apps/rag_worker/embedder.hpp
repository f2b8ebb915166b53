#pragma once

#include <memory>
#include <ragqueue/embedder.hpp>

#include "options.hpp"

namespace rag_worker {

/// The embedder of the settings. The key of a server is read from --embedder-key-file, else from
/// RAGQUEUE_EMBEDDER_KEY. Throws UsageError and ragqueue::Error.
[[nodiscard]] std::shared_ptr<const ragqueue::Embedder> make_embedder(const Settings& settings);

}  // namespace rag_worker
