#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.hpp"
#include "ragqueue/index_store.hpp"
#include "ragqueue/search.hpp"
#include "ragqueue/vector_index.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

namespace ragqueue::testing {

inline std::vector<float> vector_of(std::string_view text) {
  return embed_text(WordEmbedder{}, text);
}

/// An index that tests fill by hand.
struct Searchable {
  Database database{WordEmbedder{}};

  void store(Document document, const std::vector<std::string>& passages) const {
    IndexedDocument indexed{.document = std::move(document)};
    for (const std::string& passage : passages) {
      indexed.chunks.push_back({.content = passage, .embedded_text = passage});
      const std::vector<float> vector = vector_of(passage);
      indexed.vectors.insert(indexed.vectors.end(), vector.begin(), vector.end());
    }
    pg::Transaction transaction(database.get());
    make_postgres_index_store()->apply(database.get(), std::span(&indexed, 1), {});
    transaction.commit();
  }
  void store(unsigned organization, unsigned number, const std::vector<std::string>& passages) const {
    store({.source = key(organization, number), .title = "T" + std::to_string(number)}, passages);
  }

  /// The vector index, however few the chunks.
  void build_index() const { build_vector_index(database.conninfo(), 0); }

  [[nodiscard]] static SourceKey key(unsigned organization, unsigned number) {
    return {.organization_id = uuid(organization), .source_type = "kb", .source_id = uuid(number)};
  }
  [[nodiscard]] static SearchQuery query(SearchMode mode, const std::string& words, std::size_t limit = 10) {
    return {
        .organization_id = uuid(1), .text = words, .vector = vector_of(words), .mode = mode, .limit = limit};
  }
  [[nodiscard]] std::vector<SearchHit> find(SearchMode mode, const std::string& words,
                                            std::size_t limit = 10) const {
    return search(database.get(), query(mode, words, limit));
  }
};

/// The numbers of the documents found, in order.
inline std::vector<Uuid> ids_of(const std::vector<SearchHit>& hits) {
  std::vector<Uuid> ids;
  for (const SearchHit& hit : hits) ids.push_back(hit.source_id);
  return ids;
}

}  // namespace ragqueue::testing
