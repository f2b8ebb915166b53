#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/read_options.hpp"
#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue {

class Embedder;

/// By what documents are found: the vector's direction, the text's words, or both.
enum class SearchMode { vector, text, fused };

/// What a document must be to be found. Empty members let everything pass.
struct SearchFilter {
  std::vector<std::string> source_types{};  ///< One of these.
  std::vector<std::string> visibilities{};  ///< One of these.
  /// A JSON object that the document's metadata contains (jsonb @>). In place of a value there may be
  /// conditions on it: {"floor": {"$gte": 2, "$lt": 5}}, with $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin and
  /// $exists; in place of a key $and and $or, each with an array of such objects, and $not with one.
  std::string metadata{};
};

/// One question to one organization's index.
struct SearchQuery {
  Uuid organization_id;
  std::string text{};  ///< The question's words; for SearchMode::text and fused.
  std::vector<float>
      vector{};  ///< Its embedding, of the index's dimension; for SearchMode::vector and fused.
  SearchMode mode = SearchMode::fused;
  SearchFilter filter{};
  std::size_t limit = 10;  ///< Most documents to return; with `offset` up to max_search_limit.
  std::size_t offset = 0;  ///< How many of the first to pass over.
  int passages = 1;        ///< How many passages of each document to return, 1 to max_passages.
  int neighbours = 0;      ///< How many chunks before and after each belong to it, 0 to max_passages.
  /// From 0 to 1. Leaves out documents whose passage is neither that similar to the question (cosine) nor has
  /// that share of its words.
  double min_similarity = 0;
  bool duplicates = false;  ///< Leaves copies where their score puts them, not behind all others.
};

/// Where one part of a search placed a document.
struct Placing {
  std::size_t rank = 0;  ///< From 1.
  /// By vector the cosine similarity, -1 to 1. By text above 0: the share of the question's words that are
  /// there, rare ones counting more; beyond 1 for words that are there again and again, or in the title too.
  double score = 0;
};

/// Some text of a document: a chunk, or several one after the other.
struct Passage {
  std::int32_t first_chunk = 0;  ///< From 0.
  std::int32_t last_chunk = 0;
  std::string text{};
};

/// A document found, by its best chunk.
struct SearchHit {
  double score = 0;  ///< Of SearchMode::vector and text, that part's; of fused, a weighted sum of both.
  std::string source_type;
  Uuid source_id;
  std::string title;
  std::string passage;  ///< The best chunk alone.
  Uuid document_id{};
  std::optional<std::int32_t> chunk{};  ///< The passage's place in the document, from 0; none without text.
  std::string visibility{};
  std::string metadata{};              ///< A JSON object, or empty.
  std::vector<Passage> passages{};     ///< The best first, as SearchQuery asks for them.
  std::optional<double> similarity{};  ///< The cosine with the question's vector, where it is known.
  std::optional<Placing> by_vector{};
  std::optional<Placing> by_text{};
};

inline constexpr std::size_t max_search_limit = 10'000;
inline constexpr int max_passages = 100;

/// The best documents of one organization, best first, each once; as many as pass the filter, up to the
/// limit. Documents whose passage is the same text as an earlier one's, or nearly, come after all others.
///
/// By vector: nearest by cosine. Exact where comparing all that pass the filter is cheaper than the HNSW
/// index, or where that gives up; else as good as HNSW is.
///
/// By text: documents that have any of the question's words, in any form that the document's language has, in
/// their title or a chunk; rare words count more. Identifiers, versions and addresses are found as a whole
/// and by their parts, Chinese, Japanese and Thai by pairs of characters. "Words in quotes" must stand in a
/// document like that, -words must not, and a word with * at its end stands for all that begin with it.
///
/// Fused: both lists, 100 or `limit` deep, by 0.4 of the vector's score and 0.6 of the text's, each scaled to
/// 0 for the 100th of its list and 1 for the best (a convex combination as in Bruch, Gai and Ingber, "An
/// Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 42, 2023). The text's counts less where even
/// its best document lacks much of the question, and a document that leads by its words comes first.
///
/// Row-level security holds: app.current_org is set to the organization, until the call ends.
/// `connection` must be idle: all parts then see one snapshot. Inside an open transaction, pgvector's search
/// settings last until its end. Throws InvalidInput for a limit beyond max_search_limit, a filter that is not
/// understood, a part without its input, and a session whose app.current_org is another organization that it
/// is bound to.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<SearchHit> search(pg_conn* connection, const SearchQuery& query,
                                                            const ReadOptions& options = {});

struct QuestionOptions {
  std::chrono::milliseconds deadline{1'000};  ///< For the embedder.
  bool fall_back_to_words = true;             ///< Where it is down, or does not answer in time; else Error.
  ReadOptions read{};
};

struct SearchReply {
  std::vector<SearchHit> hits;
  std::string words_alone{};  ///< Why the question's meaning had no part; empty where it had.
};

/// Embeds the question's text, and searches. The embedder is told to stop when the deadline is over, and
/// waited for until it does; what the database does is limited by `read`. Throws as embed_text() where there
/// is no falling back, and as the search above.
[[nodiscard]] RAGQUEUE_EXPORT SearchReply search(pg_conn* connection, const Embedder& embedder,
                                                 SearchQuery query, const QuestionOptions& options = {});

/// The same for a request handler, whatever the embedder does: it works in a thread of its own, which is left
/// behind when it does not stop in time. While 64 of those have not returned, the embedder counts as down.
[[nodiscard]] RAGQUEUE_EXPORT SearchReply search(pg_conn* connection,
                                                 const std::shared_ptr<const Embedder>& embedder,
                                                 SearchQuery query, const QuestionOptions& options = {});

/// Documents near to one that is indexed, by the mean direction of its stored vectors: nothing is embedded.
/// The document itself is not among them. Throws InvalidInput when it is not in the index; one without text
/// has no neighbours. `connection` and `limit` as for search().
[[nodiscard]] RAGQUEUE_EXPORT std::vector<SearchHit> similar(pg_conn* connection, const SourceKey& source,
                                                             std::size_t limit = 10,
                                                             const SearchFilter& filter = {},
                                                             const ReadOptions& options = {});

/// Those of the types of which the organization has no document, for who filters by one that may be misspelt.
/// `connection` as for search(). Throws Error.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<std::string> types_without_documents(
    pg_conn* connection, const Uuid& organization_id, std::span<const std::string> source_types,
    const ReadOptions& options = {});

}  // namespace ragqueue
