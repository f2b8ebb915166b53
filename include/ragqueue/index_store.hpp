#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ragqueue/document.hpp"
#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// A document ready to be stored.
struct IndexedDocument {
  Document document;
  std::vector<Chunk> chunks{};
  std::vector<float> vectors{};  ///< chunks.size() rows of the embedder's dimension.
};

/// Keeps the index. Extension point; must be thread-safe.
class RAGQUEUE_EXPORT IndexStore {
 public:
  virtual ~IndexStore();

  /// Replaces what the index holds of `upserts`, and removes all that it holds of `removals`; no source is in
  /// both, or twice. `transaction` is open, and the acknowledgement follows in it: an implementation that
  /// writes there is exact, and must neither commit nor roll back; one that writes elsewhere must be
  /// idempotent.
  virtual void apply(pg_conn* transaction, std::span<const IndexedDocument> upserts,
                     std::span<const SourceKey> removals) const = 0;
};

/// Keeps rag_documents, rag_chunks, rag_nodes and rag_edges.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const IndexStore> make_postgres_index_store();

}  // namespace ragqueue
