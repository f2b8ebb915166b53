#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "ragqueue/document.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// A document ready to be stored.
struct IndexedDocument {
  Document document;
  std::vector<Chunk> chunks{};
  /// chunks.size() rows of the embedder's dimension; those of reused chunks are not set.
  std::vector<float> vectors{};
  /// One for each chunk, of all that its vector depends on; or none, and nothing can be told apart.
  std::vector<Uuid> hashes{};
  /// For each chunk, whether stored_chunks() had it, so that it was not embedded again. Empty: none was.
  std::vector<bool> reused{};
};

/// Hashes of chunks by source; one that is stored several times for a source stands there as often.
using StoredChunks = std::map<SourceKey, std::vector<Uuid>>;

/// Keeps the index. Extension point; must be thread-safe.
class RAGQUEUE_EXPORT IndexStore {
 public:
  virtual ~IndexStore();

  /// What the store can keep of the sources without their vectors being made again. No transaction is open,
  /// and apply() follows once the other chunks are embedded. A store that keeps nothing need not override it:
  /// then no chunk is ever reused.
  [[nodiscard]] virtual StoredChunks stored_chunks(pg_conn* connection,
                                                   std::span<const SourceKey> sources) const;

  /// Replaces what the index holds of `upserts`, and removes all that it holds of `removals`; no source is in
  /// both, or twice. `transaction` is open, and the acknowledgement follows in it: an implementation that
  /// writes there is exact; one that writes elsewhere must be idempotent. It must neither commit nor roll
  /// back, nor change settings or the role, for this transaction or for longer, nor leave a COPY, a query or
  /// pipeline mode behind: that fails its jobs, and the connection is replaced. A reused chunk keeps its
  /// vector, wherever it stands now; where it is not there any more, throws Error (Fault::job), so that the
  /// job is tried again.
  virtual void apply(pg_conn* transaction, std::span<const IndexedDocument> upserts,
                     std::span<const SourceKey> removals) const = 0;
};

/// Keeps rag_documents, rag_chunks, rag_nodes and rag_edges.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const IndexStore> make_postgres_index_store();

}  // namespace ragqueue
