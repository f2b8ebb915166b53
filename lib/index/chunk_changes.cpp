#include "index/chunk_changes.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "db/statement.hpp"
#include "index/sql.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::pg {

namespace {

/// For each chunk its stored row, if it has one: first the one that stands where it is to stand, else the
/// first that is left.
std::vector<const StoredChunk*> match(std::span<const Uuid> hashes, std::span<const StoredChunk> stored) {
  std::vector<const StoredChunk*> matches(hashes.size());
  std::multimap<Uuid, const StoredChunk*> left;
  for (const StoredChunk& chunk : stored) {
    const auto index = static_cast<std::size_t>(chunk.index);
    if (index < hashes.size() && hashes[index] == chunk.hash && matches[index] == nullptr) {
      matches[index] = &chunk;
    } else {
      left.emplace(chunk.hash, &chunk);
    }
  }
  for (std::size_t index = 0; index < hashes.size(); ++index) {
    const auto found = matches[index] == nullptr ? left.find(hashes[index]) : left.end();
    if (found != left.end()) matches[index] = left.extract(found).mapped();
  }
  return matches;
}

Error lost_chunk(const SourceKey& source) {
  return {Fault::job, fmt::format("a chunk of {} '{}' that was to be kept is not stored any more",
                                  source.source_type, source.source_id.to_string())};
}

}  // namespace

void ChunkChanges::add(const Uuid& document, const IndexedDocument& indexed,
                       std::span<const StoredChunk> stored) {
  const auto& [source, chunks, vectors, hashes, reused, unknown] = indexed;
  const Uuid& organization = source.source.organization_id;
  std::vector<const StoredChunk*> matches = match(hashes, stored);
  matches.resize(chunks.size());
  const std::size_t dimension = chunks.empty() ? 0 : vectors.size() / chunks.size();
  for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk) {
    const auto index = static_cast<std::int32_t>(chunk);
    if (const StoredChunk* match = matches[chunk]) {
      if (match->index != index) moved_.push_back({organization, document, match->id, index});
      continue;
    }
    if (!reused.empty() && reused[chunk]) throw lost_chunk(source.source);
    fresh_.push_back({.organization_id = organization,
                      .document = document,
                      .index = index,
                      .content = chunks[chunk].content,
                      .token_count = static_cast<std::int32_t>(chunks[chunk].token_count),
                      .hash = hashes.empty() ? std::nullopt : std::optional(hashes[chunk]),
                      .language = source.language,
                      .vector = !unknown.empty() && unknown[chunk]
                                    ? std::span<const float>()
                                    : std::span(vectors).subspan(chunk * dimension, dimension)});
  }
  const std::set<const StoredChunk*> kept(matches.begin(), matches.end());
  for (const StoredChunk& chunk : stored) {
    if (!kept.contains(&chunk)) gone_.push_back({organization, document, chunk.id, chunk.index});
  }
}

void ChunkChanges::write(pg_conn* transaction) const {
  const auto places = [](const std::vector<ChunkPosition>& chunks) {
    Params params;
    params.add_array(chunks, &ChunkPosition::organization_id)
        .add_array(chunks, &ChunkPosition::document)
        .add_array(chunks, &ChunkPosition::chunk);
    return params;
  };
  if (!gone_.empty()) send_pipelined(transaction, sql::delete_chunks, places(gone_));
  if (!moved_.empty()) {
    Params params = places(moved_);
    params.add_array(moved_, &ChunkPosition::index);
    if (execute(transaction, sql::move_chunks, params).affected() != moved_.size())
      throw Error(Fault::job, "a chunk that was to be kept was deleted meanwhile");
  }
  if (fresh_.empty()) return;
  Params params;
  params.add_array(fresh_, &Row::organization_id)
      .add_array(fresh_, &Row::document)
      .add_array(fresh_, &Row::index)
      .add_array(fresh_, &Row::content)
      .add_array(fresh_, &Row::token_count)
      .add_array(fresh_, &Row::hash)
      .add_vectors(fresh_, &Row::vector)
      .add_array(fresh_, &Row::language);
  send_pipelined(transaction, sql::store_chunks, params);
}

}  // namespace ragqueue::pg
