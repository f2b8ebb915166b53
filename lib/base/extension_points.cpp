#include "ragqueue/chunker.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/index_store.hpp"
#include "ragqueue/source_fetcher.hpp"
#include "ragqueue/text_extractor.hpp"

namespace ragqueue {

Chunker::~Chunker() = default;
Embedder::~Embedder() = default;
IndexStore::~IndexStore() = default;
SourceFetcher::~SourceFetcher() = default;
TextExtractor::~TextExtractor() = default;

bool Embedder::knows(std::string_view /*text*/) const {
  return true;
}

StoredChunks IndexStore::stored_chunks(pg_conn* /*connection*/,
                                       std::span<const SourceKey> /*sources*/) const {
  return {};
}

}  // namespace ragqueue
