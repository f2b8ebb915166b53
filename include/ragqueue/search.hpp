#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ragqueue/export.hpp"
#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue {

/// By what documents are found: the vector's direction, the text's words, or both.
enum class SearchMode { vector, text, fused };

/// What a document must be to be found. Empty members let everything pass.
struct SearchFilter {
  std::vector<std::string> source_types{};  ///< One of these.
  std::vector<std::string> visibilities{};  ///< One of these.
  std::string metadata{};  ///< A JSON object that the document's metadata contains (jsonb @>).
};

/// One question to one organization's index.
struct SearchQuery {
  Uuid organization_id;
  std::string text{};  ///< The question's words; for SearchMode::text and fused.
  std::vector<float>
      vector{};  ///< Its embedding, of the index's dimension; for SearchMode::vector and fused.
  SearchMode mode = SearchMode::fused;
  SearchFilter filter{};
  std::size_t limit = 10;  ///< Most documents to return; up to max_search_limit.
};

/// Where one part of a search placed a document.
struct Placing {
  std::size_t rank = 0;  ///< From 1.
  /// By vector the cosine similarity, -1 to 1. By text above 0: the share of the question's words that are
  /// there, rare ones counting more; beyond 1 for words that are there again and again, or in the title too.
  double score = 0;
};

/// A document found, by its best chunk.
struct SearchHit {
  double score = 0;  ///< Of SearchMode::vector and text, that part's; of fused, a weighted sum of both.
  std::string source_type;
  Uuid source_id;
  std::string title;
  std::string passage;
  std::optional<Placing> by_vector{};
  std::optional<Placing> by_text{};
};

inline constexpr std::size_t max_search_limit = 10'000;

/// The best documents of one organization, best first, each once; as many as pass the filter, up to the
/// limit.
///
/// By vector: nearest by cosine. Exact where comparing all that pass the filter is cheaper than the HNSW
/// index, or where that gives up; else as good as HNSW is. By text: documents that have any of the question's
/// words (English, stemmed, without stop words) in their title or a chunk; rare words count more.
///
/// Fused: both lists, 100 or `limit` deep, by 0.4 of the vector's score and 0.6 of the text's, each scaled to
/// 0 for the 100th of its list and 1 for the best (a convex combination as in Bruch, Gai and Ingber, "An
/// Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 42, 2023). The text's counts less where even
/// its best document lacks much of the question.
///
/// `connection` must be idle: all parts then see one snapshot. Inside an open transaction, search settings
/// last until its end. Throws InvalidInput for a limit beyond max_search_limit or a part without its input.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<SearchHit> search(pg_conn* connection, const SearchQuery& query);

/// Documents near to one that is indexed, by the mean direction of its stored vectors: nothing is embedded.
/// The document itself is not among them. Throws InvalidInput when it is not in the index; one without text
/// has no neighbours. `connection` and `limit` as for search().
[[nodiscard]] RAGQUEUE_EXPORT std::vector<SearchHit> similar(pg_conn* connection, const SourceKey& source,
                                                             std::size_t limit = 10,
                                                             const SearchFilter& filter = {});

}  // namespace ragqueue
