#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "index/stored_documents.hpp"

namespace ragqueue::pg {

/// What makes the stored chunks of some documents those that they are to have: chunks that are the same stay,
/// or move, and the rest go and come.
class ChunkChanges {
 public:
  /// `indexed` outlives the changes. Throws Error (Fault::job) when a reused chunk is not among `stored`.
  void add(const Uuid& document, const IndexedDocument& indexed, std::span<const StoredChunk> stored);

  /// The caller settles what this sends ahead. Throws Error (Fault::job) when one that moves has gone
  /// meanwhile.
  void write(pg_conn* transaction) const;

 private:
  struct ChunkPosition {
    Uuid organization_id;
    Uuid document;
    Uuid chunk;
    std::int32_t index = 0;
  };
  struct Row {
    Uuid organization_id;
    Uuid document;
    std::int32_t index = 0;
    std::string_view content;
    std::int32_t token_count = 0;
    std::optional<Uuid> hash;
    std::string_view language;
    std::span<const float> vector;  ///< Empty: it has none.
  };

  std::vector<ChunkPosition> gone_;
  std::vector<ChunkPosition> moved_;
  std::vector<Row> fresh_;
};

}  // namespace ragqueue::pg
