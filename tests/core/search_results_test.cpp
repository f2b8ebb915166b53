#include <catch2/catch_test_macros.hpp>
#include <string>

#include "ragqueue/context.hpp"
#include "ragqueue/error.hpp"
#include "search/copies.hpp"
#include "search/metadata_filter.hpp"
#include "search/passages.hpp"

using namespace ragqueue;

namespace {

std::vector<SearchHit> hits_with(const std::vector<std::string>& passages) {
  std::vector<SearchHit> hits;
  for (const std::string& passage : passages) {
    SearchHit& hit = hits.emplace_back();
    hit.title = std::to_string(hits.size());
    hit.source_type = "kb";
    hit.passage = passage;
    hit.passages = {{.text = passage}};
  }
  return hits;
}

std::string titles(const std::vector<SearchHit>& hits) {
  std::string all;
  for (const SearchHit& hit : hits) all += hit.title;
  return all;
}

}  // namespace

TEST_CASE("the same text, or nearly, is a copy; short texts that differ in a word, and no text, are none") {
  const std::string letter = "I tried to reset my password but the reset mail does not arrive, reference ";
  auto hits =
      hits_with({letter + "1", "use the kiosk", letter + "22", "", "room 1", "room 2", "", letter + "1"});
  CHECK(defer_copies(hits) == 6);
  CHECK(titles(hits) == "12456738");
  hits = hits_with({"Wait  for the\ngreen light", "wait for the green light", "重置账户请联系服务台",
                    "重置账户请联系服务台。"});
  CHECK(defer_copies(hits) == 2);
  CHECK(titles(hits) == "1324");
}

TEST_CASE("what one chunk ends and the next begins with stands in the passage once") {
  CHECK(join_chunks("one two three four", "three four five") == "one two three four five");
  CHECK(join_chunks("one two", "three four") == "one two\n\nthree four");
  CHECK(join_chunks("ends with a", "a new one") == "ends with a\n\na new one");
  CHECK(join_chunks("", "one") == "\n\none");
}

TEST_CASE("a prompt holds whole passages with their sources, as many as fit") {
  const auto hits = hits_with({"first", std::string(500, 'x'), "third"});
  const auto count = [](std::string_view text) { return text.size(); };
  const std::string context = prompt_context(hits, 200, count);
  CHECK(context.size() <= 200);
  CHECK(context.starts_with("[1] 1 (kb 00000000-0000-0000-0000-000000000000)\nfirst\n\n[2] 3 (kb"));
  CHECK(context.find('x') == std::string::npos);
  CHECK(prompt_context(hits, 10, count).empty());
}

TEST_CASE("a filter of plain values is containment, and one with operators a path besides") {
  const auto parsed = parse_metadata_filter(R"({"tags": ["a"], "floor": {"$gt": 2}})");
  CHECK(parsed.contained == R"({"tags":["a"]})");
  CHECK(parsed.path == R"p(((exists($."floor" ? (@ > 2)))))p");
  CHECK(parse_metadata_filter("").path.empty());
  CHECK_THROWS_AS(parse_metadata_filter("3"), InvalidInput);
  std::string deep;
  for (int level = 0; level < 30; ++level) deep += R"({"$not": )";
  deep += "{}" + std::string(30, '}');
  CHECK_THROWS_AS(parse_metadata_filter(deep), InvalidInput);
}
