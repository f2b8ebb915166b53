#pragma once

#include <memory>
#include <ragqueue/embedder.hpp>
#include <string>

#include "options.hpp"

struct pg_conn;

namespace rag_worker {

/// The embedder of the settings. The key of a server is read from --embedder-key-file, else from
/// RAGQUEUE_EMBEDDER_KEY. Throws UsageError and ragqueue::Error.
[[nodiscard]] std::shared_ptr<const ragqueue::Embedder> make_embedder(const Settings& settings);

/// The same, with the dimension that the index is bound to, so that no server needs to be asked for it.
[[nodiscard]] std::shared_ptr<const ragqueue::Embedder> make_embedder(const Settings& settings,
                                                                      pg_conn* connection);

/// What a user should know of the prefixes that the settings lead to; empty where there are none.
[[nodiscard]] std::string describe_prefixes(const Settings& settings);

}  // namespace rag_worker
