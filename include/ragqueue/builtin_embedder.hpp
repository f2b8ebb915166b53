#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

/// The model that comes with ragqueue: Universal Sentence Encoder Lite (Apache-2.0), English, 512 dimensions,
/// L2-normalized, 128 tokens a text; a longer text is embedded in windows, whose vectors are combined.
///
/// `model_file` empty: the file that was installed beside the library. A file is loaded once for all of
/// a process that use it, with as many threads, at the time. `threads` is how many compute at once: the
/// callers, and where those are fewer, threads of its own that share a call's texts; 0 means one for each
/// processor. The vectors are the same. Thread-safe. Throws Error (Fault::setup) when the file is missing or
/// damaged.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const Embedder> builtin_embedder(
    const std::filesystem::path& model_file = {}, std::size_t threads = 1);

}  // namespace ragqueue
