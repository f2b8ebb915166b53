#include "core/rank_fusion.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace ragqueue;

namespace {

std::vector<SearchHit> ranked(const std::string& names, std::optional<Placing> SearchHit::*part) {
  std::vector<SearchHit> hits;
  for (const char name : names) {
    SearchHit& hit = hits.emplace_back();
    hit.source_type = std::string(1, name);
    hit.passage = part == &SearchHit::by_text ? "text" : "vector";
    hit.*part = Placing{.rank = hits.size(), .score = 1};
  }
  return hits;
}

std::vector<SearchHit> fused(const std::string& by_vector, const std::string& by_text,
                             std::size_t limit = 10) {
  return fuse(ranked(by_vector, &SearchHit::by_vector), ranked(by_text, &SearchHit::by_text), limit);
}

std::string names(const std::vector<SearchHit>& hits) {
  std::string all;
  for (const SearchHit& hit : hits) all += hit.source_type;
  return all;
}

}  // namespace

TEST_CASE("documents are fused by the sum of their reciprocal ranks") {
  struct Case {
    std::string by_vector, by_text, fused;
  };
  const std::vector<Case> cases{{"", "", ""},         {"abc", "", "abc"},       {"", "abc", "abc"},
                                {"ab", "ab", "ab"},   {"ab", "ba", "ab"},       {"abc", "cd", "cabd"},
                                {"ab", "cd", "acbd"}, {"abcdef", "f", "fabcde"}};
  for (const Case& one : cases) CHECK(names(fused(one.by_vector, one.by_text)) == one.fused);
  CHECK(fused("ab", "b").front().score == Catch::Approx(1.0 / 62 + 1.0 / 61));
}

TEST_CASE("a fused document keeps both placings, and the passage of the better one") {
  const auto hits = fused("ab", "ba");
  REQUIRE(hits.size() == 2);
  CHECK(hits[0].by_vector->rank == 1);
  CHECK(hits[0].by_text->rank == 2);
  CHECK(hits[0].passage == "vector");
  CHECK(hits[1].passage == "text");
}

TEST_CASE("the limit cuts the fused list, not its parts") {
  CHECK(names(fused("abc", "cba", 2)) == "ac");
  CHECK(fused("abc", "cba", 0).empty());
}
