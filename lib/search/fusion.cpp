#include "search/fusion.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace ragqueue {

namespace {

// Chosen on one half of each of fourteen kinds of questions and reported on the other
// (tests/recall/README.md).
constexpr double text_weight = 0.6;
constexpr double enough =
    0.4;  // share of the question's words in the best document; with less, words count less
constexpr double least_sure = 0.15;  // of such a share
constexpr double sure_lead = 0.06;   // of the best document by words over the next, as a share of its score
constexpr double telling = 0.5;  // of the best score by words: a passage below it may lack what was asked for

/// What the scores of one list are worth: `top` the best, 0 the one at `zero`.
class Worth {
 public:
  Worth() = default;
  Worth(double zero, double best, double top, double last)
      : zero_(zero), best_(best), top_(top), absent_(std::min(0.0, of(last))) {}

  [[nodiscard]] double of(double score) const {
    return best_ > zero_ ? top_ * (score - zero_) / (best_ - zero_) : top_;
  }
  /// Who is not in the list is no better than its last.
  [[nodiscard]] double of(const std::optional<Placing>& placing) const {
    return placing ? of(placing->score) : absent_;
  }

 private:
  double zero_ = 0;
  double best_ = 0;
  double top_ = 0;
  double absent_ = 0;
};

const SearchHit& edge(const std::vector<SearchHit>& hits) {
  return hits[std::min(hits.size(), least_depth) - 1];
}

/// Embedders differ in how far from 0 their similarities are, so the zero is the list's own.
Worth worth_of_vectors(const std::vector<SearchHit>& hits) {
  if (hits.empty()) return {};
  return {edge(hits).by_vector->score, hits.front().by_vector->score, 1, hits.back().by_vector->score};
}

/// A list in which none has much of the question is worth little. One that is not full has all that have any.
Worth worth_of_texts(const std::vector<SearchHit>& hits) {
  if (hits.empty()) return {};
  const double best = hits.front().by_text->score;
  const double zero = hits.size() < least_depth ? 0 : edge(hits).by_text->score;
  return {zero, best, std::min(best / enough, 1.0), hits.back().by_text->score};
}

/// The same document, placed by text as well, where `best` is the best score. It shows the passage with the
/// words that were asked for.
void join(SearchHit& hit, SearchHit& other, double best) {
  if (other.by_text->rank <= hit.by_vector->rank || other.by_text->score >= telling * best) {
    hit.passage = std::move(other.passage);
    hit.chunk = other.chunk;
  }
  hit.by_text = other.by_text;
}

/// Whether one document alone has what was asked for, such as an identifier.
bool leads(const std::vector<SearchHit>& by_text) {
  if (by_text.empty()) return false;
  const double best = by_text.front().by_text->score;
  return best >= least_sure &&
         (by_text.size() == 1 || best - by_text[1].by_text->score >= sure_lead * std::min(best, 1.0));
}

}  // namespace

std::vector<SearchHit> fuse(std::vector<SearchHit> by_vector, std::vector<SearchHit> by_text) {
  const Worth vectors = worth_of_vectors(by_vector);
  const Worth texts = worth_of_texts(by_text);
  const bool sure = leads(by_text);
  const double best = by_text.empty() ? 0 : by_text.front().by_text->score;
  std::vector<SearchHit> hits = std::move(by_vector);
  std::map<std::pair<std::string, Uuid>, std::size_t> place_of;
  for (std::size_t place = 0; place < hits.size(); ++place)
    place_of.emplace(std::pair(hits[place].source_type, hits[place].source_id), place);
  for (SearchHit& hit : by_text) {
    const auto found = place_of.find({hit.source_type, hit.source_id});
    if (found == place_of.end()) {
      hits.push_back(std::move(hit));
    } else {
      join(hits[found->second], hit, best);
    }
  }
  for (SearchHit& hit : hits) {
    hit.score = (1 - text_weight) * vectors.of(hit.by_vector) + text_weight * texts.of(hit.by_text);
    if (sure && hit.by_text && hit.by_text->rank == 1) hit.score = 1;  // as the best of both lists has
  }
  std::ranges::sort(hits, [](const SearchHit& left, const SearchHit& right) {
    return std::tie(right.score, left.source_type, left.source_id) <
           std::tie(left.score, right.source_type, right.source_id);
  });
  return hits;
}

}  // namespace ragqueue
