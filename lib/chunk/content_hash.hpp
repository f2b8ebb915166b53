#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ragqueue/document.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/uuid.hpp"

namespace ragqueue {

/// A version 8 UUID made of the SHA-256 of the fields, as RFC 9562, appendix B.2, has it. Lengths are hashed
/// too, so that no two lists of fields run together. Never nil.
[[nodiscard]] Uuid hash_fields(std::span<const std::string_view> fields);

/// Of all that a chunk's vector and row depend on: the embedder, and whether it knows the text that it gets;
/// that text, and what is shown of it.
[[nodiscard]] Uuid hash_chunk(const Chunk& chunk, const Embedder& embedder);

/// Of all that the index holds of a document; `chunks` are their hashes.
[[nodiscard]] Uuid hash_document(const Document& document, std::span<const Uuid> chunks);

}  // namespace ragqueue
