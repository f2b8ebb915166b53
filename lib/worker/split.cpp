// The chunks of a batch's documents.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "chunk/content_hash.hpp"
#include "ragqueue/error.hpp"
#include "worker/batch.hpp"
#include "worker/bisect.hpp"
#include "worker/token_limited_embedder.hpp"

namespace ragqueue {

namespace {

void check_chunks(const std::vector<Chunk>& chunks, std::size_t max_tokens) {
  if (chunks.size() > max_document_chunks) {
    throw InvalidInput(
        "body", fmt::format("{} chunks", chunks.size()),
        fmt::format("a document may have {} at most; make chunks larger, or divide the document",
                    max_document_chunks));
  }
  const auto too_long =
      std::ranges::find_if(chunks, [&](const Chunk& chunk) { return chunk.token_count > max_tokens; });
  if (too_long != chunks.end()) {
    throw Error(Fault::job, fmt::format("it made a chunk of {} tokens, and the embedder takes {}",
                                        too_long->token_count, max_tokens));
  }
}

}  // namespace

void Batch::split() {
  for (Item* const& item : active()) {
    if (!item->removal) split_item(*item);
  }
}

void Batch::split_item(Item& item) {
  Item* const one = &item;
  bisect(
      std::span(&one, 1),
      [this](std::span<Item* const> group) {
        Item& split = *group.front();
        split.indexed.chunks = split_document(split, split.indexed.document, 0);
        split.indexed.vectors.clear();
        split.indexed.vectors.reserve(split.indexed.chunks.size() * pipeline_.embedder->dimension());
        split.filled.assign(split.indexed.chunks.size(), false);
        mark_reused(split);
      },
      blame("chunker"));
}

/// `max_tokens` of a chunk; 0 for the embedder's own limit.
std::vector<Chunk> Batch::split_document(const Item& item, const Document& document, std::size_t max_tokens) {
  const TokenLimitedEmbedder embedder(*pipeline_.embedder, max_tokens);
  std::vector<Chunk> chunks =
      call("chunker", item.job, [&] { return pipeline_.chunker->split(document, embedder); });
  check_chunks(chunks, embedder.limits().max_tokens);
  return chunks;
}

/// Where the embedder counts otherwise than it says: what it took stays as it is.
void Batch::split_long_chunks() {
  for (Item* const item : active()) {
    if (item->too_long.empty()) continue;
    bisect(
        std::span(&item, 1), [this](std::span<Item* const> group) { split_long_chunks(*group.front()); },
        blame("chunker"));
  }
}

void Batch::split_long_chunks(Item& item) {
  const auto too_long = std::exchange(item.too_long, {});
  const std::size_t dimension = pipeline_.embedder->dimension();
  IndexedDocument& indexed = item.indexed;
  indexed.vectors.resize(indexed.chunks.size() * dimension);
  std::vector<Chunk> chunks;
  std::vector<float> vectors;
  std::vector<bool> filled;
  for (std::size_t index = 0; index < indexed.chunks.size(); ++index) {
    std::vector<Chunk> pieces{indexed.chunks[index]};
    if (const auto found = too_long.find(index); found != too_long.end()) {
      pieces = halve(item, pieces.front());
      if (pieces.size() < 2) return blame("embedder")(&item, found->second, true);
    }
    const auto row = std::next(indexed.vectors.begin(), static_cast<std::ptrdiff_t>(index * dimension));
    vectors.insert(vectors.end(), row, std::next(row, static_cast<std::ptrdiff_t>(dimension)));
    filled.push_back(item.filled[index]);
    vectors.resize(vectors.size() + (pieces.size() - 1) * dimension);
    filled.resize(filled.size() + pieces.size() - 1);
    std::ranges::move(pieces, std::back_inserter(chunks));
  }
  check_chunks(chunks, pipeline_.embedder->limits().max_tokens);
  indexed.chunks = std::move(chunks);
  indexed.vectors = std::move(vectors);
  item.filled = std::move(filled);
  item.embedded = false;
  mark_reused(item);
}

/// Smaller pieces of a chunk; it alone where it cannot be cut, so that it is not its length that is refused.
std::vector<Chunk> Batch::halve(const Item& item, const Chunk& chunk) {
  constexpr std::size_t least_tokens = 8;
  const std::size_t smaller = chunk.token_count / 2;
  if (smaller < least_tokens) return {chunk};
  Document part = item.indexed.document;
  part.body = chunk.content;
  part.blocks.clear();
  part.links.clear();
  return split_document(item, part, smaller);
}

/// A chunk that stands several times is reused as often as it is stored.
void Batch::mark_reused(Item& item) const {
  IndexedDocument& indexed = item.indexed;
  indexed.hashes.clear();
  indexed.reused.clear();
  indexed.unknown.clear();
  std::multiset<Uuid> left(item.stored.begin(), item.stored.end());
  for (const Chunk& chunk : indexed.chunks) {
    indexed.hashes.push_back(hash_chunk(chunk, *pipeline_.embedder));
    indexed.unknown.push_back(!pipeline_.embedder->knows(chunk.embedded_text));
    const auto found = left.find(indexed.hashes.back());
    indexed.reused.push_back(found != left.end());
    if (found != left.end()) left.erase(found);
  }
}

}  // namespace ragqueue
