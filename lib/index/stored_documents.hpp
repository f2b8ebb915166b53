#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/params.hpp"
#include "ragqueue/index_store.hpp"

namespace ragqueue::pg {

struct StoredChunk {
  Uuid id;
  Uuid hash;  ///< Nil where it is not known.
  std::int32_t index = 0;
};

/// What the index holds of a document, as far as it tells whether anything has changed.
struct StoredDocument {
  Uuid id;
  std::optional<Uuid> fingerprint;
  std::vector<StoredChunk> chunks;  ///< In order.
  std::string language;             ///< As rag_language names it.
};

using StoredDocuments = std::map<SourceKey, StoredDocument>;

/// The parameters of a statement over source keys.
[[nodiscard]] Params keys_of(std::span<const SourceKey> keys);

[[nodiscard]] StoredDocuments read_stored(pg_conn* connection, std::span<const SourceKey> keys);

/// Whether it is all there as it is to be, chunk for chunk.
[[nodiscard]] bool is_current(const StoredDocument& stored, const IndexedDocument& indexed,
                              const std::optional<Uuid>& fingerprint);

}  // namespace ragqueue::pg
