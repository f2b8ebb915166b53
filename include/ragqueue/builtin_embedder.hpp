#pragma once

#include <filesystem>
#include <memory>

#include "ragqueue/embedder.hpp"

namespace ragqueue {

/// The model that comes with ragqueue: Universal Sentence Encoder Lite (Apache-2.0), English, 512 dimensions,
/// L2-normalized, 128 tokens a text; a longer text is embedded in windows, whose vectors are combined.
///
/// `model_file` empty: the file that was installed beside the library. A file is loaded once for all of
/// a process that use it at the time. Thread-safe; uses the calling thread only. Throws Error (Fault::setup)
/// when the file is missing or damaged.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const Embedder> builtin_embedder(
    const std::filesystem::path& model_file = {});

}  // namespace ragqueue
