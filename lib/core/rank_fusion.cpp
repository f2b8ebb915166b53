#include "core/rank_fusion.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace ragqueue {

namespace {

constexpr double rank_offset = 60;  // the paper's k

double share(const std::optional<Placing>& placing) {
  return placing ? 1.0 / (rank_offset + static_cast<double>(placing->rank)) : 0.0;
}

/// The same document, placed by text as well.
void join(SearchHit& hit, SearchHit& other) {
  if (other.by_text->rank < hit.by_vector->rank) hit.passage = std::move(other.passage);
  hit.by_text = other.by_text;
}

}  // namespace

std::vector<SearchHit> fuse(std::vector<SearchHit> by_vector, std::vector<SearchHit> by_text,
                            std::size_t limit) {
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
  for (SearchHit& hit : hits) hit.score = share(hit.by_vector) + share(hit.by_text);
  std::ranges::sort(hits, [](const SearchHit& left, const SearchHit& right) {
    return std::tie(right.score, left.source_type, left.source_id) <
           std::tie(left.score, right.source_type, right.source_id);
  });
  if (hits.size() > limit)
    hits.erase(std::next(hits.begin(), static_cast<std::ptrdiff_t>(limit)), hits.end());
  return hits;
}

}  // namespace ragqueue
