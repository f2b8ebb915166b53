#include "search/fusion.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace ragqueue;
using Catch::Approx;

namespace {

constexpr double vector_weight = 0.4, text_weight = 0.6;

/// A list, best first: one document for each score, named by the letters.
std::vector<SearchHit> listed(const std::string& names, const std::vector<double>& scores,
                              std::optional<Placing> SearchHit::*part) {
  REQUIRE(names.size() == scores.size());
  std::vector<SearchHit> hits;
  for (std::size_t place = 0; place < names.size(); ++place) {
    SearchHit& hit = hits.emplace_back();
    hit.source_type = names[place];
    hit.passage = part == &SearchHit::by_text ? "text" : "vector";
    hit.*part = Placing{.rank = place + 1, .score = scores[place]};
  }
  return hits;
}

std::vector<SearchHit> by_vector(const std::string& names, const std::vector<double>& scores) {
  return listed(names, scores, &SearchHit::by_vector);
}
std::vector<SearchHit> by_text(const std::string& names, const std::vector<double>& scores) {
  return listed(names, scores, &SearchHit::by_text);
}

std::string names(const std::vector<SearchHit>& hits) {
  std::string all;
  for (const SearchHit& hit : hits) all += hit.source_type;
  return all;
}

/// Documents "1", "2" and on, with scores in equal steps from 1 down to `last`.
std::vector<SearchHit> many(std::size_t count, double last, std::optional<Placing> SearchHit::*part) {
  std::vector<SearchHit> hits;
  for (std::size_t rank = 1; rank <= count; ++rank) {
    const double way = static_cast<double>(rank - 1) / static_cast<double>(count - 1);
    SearchHit& hit = hits.emplace_back();
    hit.source_type = std::to_string(rank);
    hit.*part = Placing{.rank = rank, .score = 1 - (1 - last) * way};
  }
  return hits;
}

double score_of(const std::vector<SearchHit>& hits, char name) {
  for (const SearchHit& hit : hits)
    if (hit.source_type == std::string(1, name)) return hit.score;
  FAIL("not found: " << name);
  return 0;
}

}  // namespace

TEST_CASE("one list alone stays in its order") {
  CHECK(fuse({}, {}).empty());
  CHECK(names(fuse(by_vector("abc", {0.9, 0.5, 0.1}), {})) == "abc");
  CHECK(names(fuse({}, by_text("abc", {0.9, 0.5, 0.1}))) == "abc");
}

TEST_CASE("a score counts by where it is between the list's best and last, not by its rank") {
  const auto hits = fuse(by_vector("abcd", {0.80, 0.79, 0.61, 0.60}), {});
  CHECK(score_of(hits, 'a') == Approx(vector_weight));
  CHECK(score_of(hits, 'b') == Approx(vector_weight * 0.95));
  CHECK(score_of(hits, 'c') == Approx(vector_weight * 0.05));
  CHECK(score_of(hits, 'd') == Approx(0).margin(1e-12));
  CHECK(score_of(fuse(by_vector("ab", {0.5, 0.5}), {}), 'b') == Approx(vector_weight));
}

TEST_CASE("how far from 0 an embedder's similarities are makes no difference") {
  const auto texts = [] { return by_text("cd", {0.9, 0.7}); };
  const auto wide = fuse(by_vector("abc", {0.9, 0.6, 0.1}), texts());
  const auto narrow = fuse(by_vector("abc", {0.99, 0.96, 0.91}), texts());
  CHECK(names(wide) == names(narrow));
  for (const char name : std::string("abcd")) CHECK(score_of(wide, name) == Approx(score_of(narrow, name)));
}

TEST_CASE(
    "what has all of the question's words comes before what is only near to it, and after what is both") {
  CHECK(names(fuse(by_vector("abx", {0.9, 0.8, 0.1}), by_text("cb", {1.0, 0.9}))) == "cbax");
}

TEST_CASE("words of little of the question do not outweigh what is near") {
  const auto hits = fuse(by_vector("ax", {0.9, 0.1}), by_text("c", {0.1}));
  CHECK(names(hits) == "acx");
  CHECK(score_of(hits, 'c') == Approx(text_weight * 0.25));
}

TEST_CASE("a document that leads by its words comes first, and one that does not leads nothing") {
  CHECK(names(fuse(by_vector("abx", {0.9, 0.85, 0.1}), by_text("cabx", {0.73, 0.53, 0.53, 0.5}))) == "cabx");
  CHECK(names(fuse(by_vector("abx", {0.9, 0.85, 0.1}), by_text("cab", {0.53, 0.52, 0.51}))) == "abcx");
}

TEST_CASE("words that stand there again and again count no more than all of them") {
  const auto hits = fuse({}, by_text("ab", {2.0, 1.0}));
  CHECK(score_of(hits, 'a') == Approx(1));
  CHECK(score_of(hits, 'b') == Approx(text_weight / 2));
}

TEST_CASE("of a text list that may have been cut, the last counts as much as what is not in it") {
  const auto full = fuse({}, many(least_depth, 0.5, &SearchHit::by_text));
  CHECK(full.back().score == Approx(0).margin(1e-12));
  const auto all = fuse({}, many(least_depth - 1, 0.5, &SearchHit::by_text));
  CHECK(all.back().score == Approx(text_weight / 2));
}

TEST_CASE("who is in no list is not above who is far down in it") {
  const std::size_t depth = least_depth + 50;
  auto texts = by_text("X", {1.0});
  const auto hits = fuse(many(depth, 0, &SearchHit::by_vector), std::move(texts));
  CHECK(hits.back().score < 0);
  CHECK(score_of(hits, 'X') == Approx(1));
}

TEST_CASE("a fused document keeps both placings, and shows the passage with the words") {
  const auto hits = fuse(by_vector("abc", {0.9, 0.2, 0.1}), by_text("bac", {0.9, 0.88, 0.2}));
  REQUIRE(names(hits) == "abc");
  CHECK(hits[0].by_vector->rank == 1);
  CHECK(hits[0].by_text->rank == 2);
  CHECK(hits[0].passage == "text");
  CHECK(hits[1].passage == "text");
  CHECK(hits[2].passage == "text");
  CHECK(fuse(by_vector("ab", {0.9, 0.1}), by_text("ba", {0.9, 0.2})).back().passage == "vector");
}
