#include "search/fusion.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace ragqueue {

namespace {

constexpr double text_weight = 0.6;  // chosen by measure (tests/recall), which hardly differs from 0.5 to 0.7

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
  return hits[std::min(hits.size(), least_fusion_depth) - 1];
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
  const double zero = hits.size() < least_fusion_depth ? 0 : edge(hits).by_text->score;
  return {zero, best, std::min(best, 1.0), hits.back().by_text->score};
}

/// The same document, placed by text as well.
void join(SearchHit& hit, SearchHit& other) {
  if (other.by_text->rank < hit.by_vector->rank) hit.passage = std::move(other.passage);
  hit.by_text = other.by_text;
}

}  // namespace

std::vector<SearchHit> fuse(std::vector<SearchHit> by_vector, std::vector<SearchHit> by_text,
                            std::size_t limit) {
  const Worth vectors = worth_of_vectors(by_vector);
  const Worth texts = worth_of_texts(by_text);
  std::vector<SearchHit> hits = std::move(by_vector);
  std::map<std::pair<std::string, Uuid>, std::size_t> place_of;
  for (std::size_t place = 0; place < hits.size(); ++place)
    place_of.emplace(std::pair(hits[place].source_type, hits[place].source_id), place);
  for (SearchHit& hit : by_text) {
    const auto found = place_of.find({hit.source_type, hit.source_id});
    if (found == place_of.end()) {
      hits.push_back(std::move(hit));
    } else {
      join(hits[found->second], hit);
    }
  }
  for (SearchHit& hit : hits)
    hit.score = (1 - text_weight) * vectors.of(hit.by_vector) + text_weight * texts.of(hit.by_text);
  std::ranges::sort(hits, [](const SearchHit& left, const SearchHit& right) {
    return std::tie(right.score, left.source_type, left.source_id) <
           std::tie(left.score, right.source_type, right.source_id);
  });
  if (hits.size() > limit)
    hits.erase(std::next(hits.begin(), static_cast<std::ptrdiff_t>(limit)), hits.end());
  return hits;
}

}  // namespace ragqueue
