#include "ragqueue/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "db/statement.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "search/copies.hpp"
#include "search/fusion.hpp"
#include "search/passages.hpp"
#include "search/reading.hpp"
#include "search/search_parts.hpp"
#include "search/sql.hpp"

namespace ragqueue {

namespace pg {

std::vector<SearchHit> hits_of(const Result& rows, std::optional<Placing> SearchHit::*part) {
  std::vector<SearchHit> hits;
  for (int row = 0; row < rows.rows(); ++row) {
    hits.push_back({.score = rows.get<double>(row, 0),
                    .source_type = rows.get<std::string>(row, 1),
                    .source_id = rows.get<Uuid>(row, 2),
                    .title = rows.get<std::string>(row, 3),
                    .passage = rows.get<std::string>(row, 4),
                    .document_id = rows.get<Uuid>(row, 5),
                    .chunk = rows.maybe<std::int32_t>(row, 6),
                    .visibility = rows.maybe<std::string>(row, 7).value_or(""),
                    .metadata = rows.maybe<std::string>(row, 8).value_or("")});
    if (part == &SearchHit::by_vector) hits.back().similarity = hits.back().score;
    hits.back().*part = Placing{.rank = hits.size(), .score = hits.back().score};
  }
  return hits;
}

}  // namespace pg

namespace {

void check_limit(std::size_t limit) {
  if (limit <= max_search_limit) return;
  throw InvalidInput("limit", std::to_string(limit), fmt::format("must be at most {}", max_search_limit));
}

void check(const SearchQuery& query) {
  check_limit(query.limit);
  check_limit(std::min(query.offset, max_search_limit + 1) + query.limit);
  if (query.passages < 1 || query.passages > max_passages)
    throw InvalidInput("passages", std::to_string(query.passages),
                       fmt::format("must be 1 to {}", max_passages));
  if (query.neighbours < 0 || query.neighbours > max_passages)
    throw InvalidInput("neighbours", std::to_string(query.neighbours),
                       fmt::format("must be 0 to {}", max_passages));
  if (!(query.min_similarity >= 0 && query.min_similarity <= 1))
    throw InvalidInput("min_similarity", fmt::format("{}", query.min_similarity), "must be from 0 to 1");
  if (query.mode != SearchMode::vector && query.text.empty())
    throw InvalidInput("text", "", "a search by words needs some");
  if (query.mode == SearchMode::text) return;
  if (query.vector.empty()) throw InvalidInput("vector", "", "a search by vector needs one");
  check_vectors(query.vector, query.vector.size());
}

class Search {
 public:
  Search(pg_conn* transaction, const SearchQuery& query)
      : connection_(transaction), query_(query), filter_(query.filter) {
    if (query.mode == SearchMode::vector) return;
    question_ = pg::read_question(connection_, query.organization_id, query.text);
    for (const std::string& phrase : question_.phrases) filter_.require(phrase);
    for (const std::string& without : question_.without) filter_.forbid(without);
  }

  [[nodiscard]] std::vector<SearchHit> run() const {
    std::vector<SearchHit> hits = page(best());
    if (query_.passages > 1 || query_.neighbours > 0) {
      pg::add_passages(connection_, query_, question_, hits);
    } else {
      for (SearchHit& hit : hits) {
        if (hit.chunk)
          hit.passages = {{.first_chunk = *hit.chunk, .last_chunk = *hit.chunk, .text = hit.passage}};
      }
    }
    return hits;
  }

 private:
  /// Goes deeper where copies fill the list.
  [[nodiscard]] std::vector<SearchHit> best() const {
    constexpr std::size_t enough = 1'600;
    const std::size_t wanted = query_.offset + query_.limit;
    for (std::size_t depth = std::max(wanted, least_depth);; depth *= 4) {
      std::vector<SearchHit> hits = find(depth);
      const bool exhausted = hits.size() < depth;
      if (query_.min_similarity > 0) leave_out_far(hits);
      if (query_.duplicates || defer_copies(hits) >= wanted || exhausted || depth >= enough) return hits;
    }
  }

  [[nodiscard]] std::vector<SearchHit> page(std::vector<SearchHit> hits) const {
    const auto place = [&hits](std::size_t number) {
      return std::next(hits.begin(), static_cast<std::ptrdiff_t>(std::min(number, hits.size())));
    };
    hits.erase(place(query_.offset + query_.limit), hits.end());
    hits.erase(hits.begin(), place(query_.offset));
    return hits;
  }

  [[nodiscard]] std::vector<SearchHit> find(std::size_t depth) const {
    const pg::Scope scope{.organization_id = query_.organization_id, .filter = filter_, .limit = depth};
    if (query_.mode == SearchMode::vector) return pg::find_nearest(connection_, scope, query_.vector);
    if (query_.mode == SearchMode::text) return pg::find_matching(connection_, scope, question_);
    return fuse(pg::find_nearest(connection_, scope, query_.vector),
                pg::find_matching(connection_, scope, question_));
  }

  void leave_out_far(std::vector<SearchHit>& hits) const {
    if (query_.mode == SearchMode::fused) measure(hits);
    std::erase_if(hits, [this](const SearchHit& hit) {
      const double share = hit.by_text ? hit.by_text->score : 0;
      return std::max(share, hit.similarity.value_or(0)) < query_.min_similarity;
    });
  }

  /// The similarity of those that only their words have found.
  void measure(std::vector<SearchHit>& hits) const {
    std::vector<Uuid> documents;
    for (const SearchHit& hit : hits) {
      if (!hit.similarity) documents.push_back(hit.document_id);
    }
    const pg::Result rows =
        pg::execute(connection_, sql::search_similarity,
                    pg::Params().add(query_.organization_id).add_array(query_.vector).add_array(documents));
    std::map<Uuid, double> similarity;
    for (int row = 0; row < rows.rows(); ++row)
      similarity.emplace(rows.get<Uuid>(row, 0), rows.get<double>(row, 1));
    for (SearchHit& hit : hits) {
      if (const auto found = similarity.find(hit.document_id); found != similarity.end())
        hit.similarity = found->second;
    }
  }

  pg_conn* connection_;
  const SearchQuery& query_;
  pg::Filter filter_;
  pg::Question question_;
};

}  // namespace

std::vector<SearchHit> search(pg_conn* connection, const SearchQuery& query, const ReadOptions& options) {
  check(query);
  if (query.limit == 0) return {};
  pg::Reading reading(connection, query.organization_id, options);
  std::vector<SearchHit> hits = Search(connection, query).run();
  reading.end();
  return hits;
}

std::vector<SearchHit> similar(pg_conn* connection, const SourceKey& source, std::size_t limit,
                               const SearchFilter& filter, const ReadOptions& options) {
  check_limit(limit);
  pg::Reading reading(connection, source.organization_id, options);
  const pg::Result found =
      pg::execute(connection, sql::similar_vector,
                  pg::Params().add(source.organization_id).add(source.source_type).add(source.source_id));
  if (found.rows() == 0) {
    throw InvalidInput("source_id", source.source_id.to_string(),
                       fmt::format("the organization's index has no '{}' of this id", source.source_type));
  }
  std::vector<SearchHit> hits;
  if (limit > 0 && !found.null(0, 1)) {
    const pg::Filter passing(filter);
    hits = pg::find_nearest(connection,
                            {.organization_id = source.organization_id, .filter = passing, .limit = limit},
                            found.get_array<float>(0, 1), found.get<Uuid>(0, 0));
  }
  reading.end();
  return hits;
}

}  // namespace ragqueue
