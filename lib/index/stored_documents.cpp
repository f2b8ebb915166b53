#include "index/stored_documents.hpp"

#include <string>
#include <utility>

#include "db/statement.hpp"
#include "index/sql.hpp"

namespace ragqueue::pg {

namespace {

std::vector<StoredChunk> chunks_of(const Result& rows, int row) {
  const auto ids = rows.get_array<Uuid>(row, 5);
  const auto hashes = rows.get_array<Uuid>(row, 6);
  const auto indexes = rows.get_array<std::int32_t>(row, 7);
  std::vector<StoredChunk> chunks;
  for (std::size_t chunk = 0; chunk < ids.size(); ++chunk)
    chunks.push_back({.id = ids[chunk], .hash = hashes[chunk], .index = indexes[chunk]});
  return chunks;
}

}  // namespace

Params keys_of(std::span<const SourceKey> keys) {
  Params params;
  params.add_array(keys, &SourceKey::organization_id)
      .add_array(keys, &SourceKey::source_type)
      .add_array(keys, &SourceKey::source_id);
  return params;
}

StoredDocuments read_stored(pg_conn* connection, std::span<const SourceKey> keys) {
  const Result rows = execute(connection, sql::stored_documents, keys_of(keys));
  StoredDocuments documents;
  for (int row = 0; row < rows.rows(); ++row) {
    documents.emplace(SourceKey{.organization_id = rows.get<Uuid>(row, 0),
                                .source_type = rows.get<std::string>(row, 1),
                                .source_id = rows.get<Uuid>(row, 2)},
                      StoredDocument{.id = rows.get<Uuid>(row, 3),
                                     .fingerprint = rows.maybe<Uuid>(row, 4),
                                     .chunks = chunks_of(rows, row),
                                     .language = rows.get<std::string>(row, 8)});
  }
  return documents;
}

bool is_current(const StoredDocument& stored, const IndexedDocument& indexed,
                const std::optional<Uuid>& fingerprint) {
  if (!fingerprint || stored.fingerprint != fingerprint) return false;
  if (stored.chunks.size() != indexed.chunks.size()) return false;
  for (std::size_t index = 0; index < stored.chunks.size(); ++index) {
    const StoredChunk& chunk = stored.chunks[index];
    if (chunk.index != static_cast<std::int32_t>(index) || chunk.hash != indexed.hashes[index]) return false;
  }
  return true;
}

}  // namespace ragqueue::pg
