#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "ragqueue/error.hpp"
#include "support/searchable.hpp"

using namespace ragqueue;
using testing::ids_of;
using testing::Searchable;
using testing::uuid;
using enum SearchMode;

TEST_CASE_METHOD(Searchable,
                 "the only document with the number that was asked for comes first, with that passage") {
  store(1, 1, {"better colours in the charts", "closes 840443", "faster start on old laptops"});
  for (unsigned number = 2; number <= 14; ++number)
    store(1, number, {"the bug of room " + std::to_string(number) + " was closed by the team"});
  const auto hits = find(fused, "when was bug 840443 closed");
  CHECK(hits.front().source_id == uuid(1));
  CHECK(hits.front().passage == "closes 840443");
  CHECK(hits.front().chunk == 1);
}

TEST_CASE_METHOD(Searchable,
                 "copies come after all others, at their place where they are asked for, and hide nothing") {
  for (unsigned number = 1; number <= 150; ++number) {
    store(1, number,
          {"I tried to reset my password but the reset mail does not arrive, reference " +
           std::to_string(number)});
  }
  store(1, 200, {"look into the junk folder for the reset mail of your password, then use the kiosk"});
  for (const SearchMode mode : {vector, text, fused}) {
    SearchQuery asked = query(mode, "password reset mail does not arrive");
    const auto hits = search(database.get(), asked);
    REQUIRE(hits.size() == 10);
    CHECK(hits[1].source_id == uuid(200));
    asked.duplicates = true;
    for (const SearchHit& hit : search(database.get(), asked)) CHECK(hit.source_id != uuid(200));
  }
}

TEST_CASE_METHOD(Searchable, "an off-topic question finds nothing above the least similarity, in each mode") {
  for (unsigned number = 1; number <= 30; ++number)
    store(1, number, {"laptop number" + std::to_string(number) + " flickers after the update"});
  for (const SearchMode mode : {vector, text, fused}) {
    SearchQuery asked = query(mode, "sourdough bread recipe");
    asked.min_similarity = 0.9;
    CHECK(search(database.get(), asked).empty());
    asked = query(mode, "laptop number7 flickers after the update");
    asked.min_similarity = 0.9;
    CHECK(search(database.get(), asked).front().source_id == uuid(7));
    asked.min_similarity = 1.5;
    CHECK_THROWS_AS(search(database.get(), asked), InvalidInput);
  }
}

TEST_CASE_METHOD(
    Searchable,
    "metadata are filtered by ranges, alternatives and what is not, and nothing else is guessed") {
  for (unsigned floor = 1; floor <= 4; ++floor) {
    store({.source = key(1, floor),
           .title = "cupboard",
           .metadata = "{\"floor\": " + std::to_string(floor) + ", \"room\": {\"name\": \"r" +
                       std::to_string(floor) + "\"}}"},
          {"cupboard number" + std::to_string(floor)});
  }
  store({.source = key(1, 5), .title = "cupboard"}, {"cupboard without floor"});
  const auto count = [&](const std::string& metadata) {
    SearchQuery asked = query(text, "cupboard");
    asked.filter.metadata = metadata;
    asked.duplicates = true;
    const std::size_t found = search(database.get(), asked).size();
    for (const SearchMode mode : {vector, fused}) {
      asked.mode = mode;
      CHECK(search(database.get(), asked).size() == found);
    }
    return found;
  };
  CHECK(count(R"({"floor": {"$gt": 2}})") == 2);
  CHECK(count(R"({"floor": {"$gte": 2, "$lt": 4}})") == 2);
  CHECK(count(R"({"$or": [{"floor": 1}, {"floor": {"$gte": 4}}]})") == 2);
  CHECK(count(R"({"$not": {"floor": 1}})") == 4);
  CHECK(count(R"({"floor": {"$ne": 1}})") == 4);
  CHECK(count(R"({"floor": {"$in": [1, 2, "3"]}})") == 2);
  CHECK(count(R"({"floor": {"$exists": false}})") == 1);
  CHECK(count(R"({"room": {"name": {"$gt": "r2"}}})") == 2);
  CHECK(count(R"({"room": {"name": "r1"}, "floor": {"$lt": 9}})") == 1);
  CHECK(count(R"({"it's \"odd\"": {"$eq": "';--"}})") == 0);
  for (const char* wrong : {R"({"floor": {"$near": 2}})", R"({"$or": {}})", R"({"floor": {"$gt": [1]}})",
                            R"({"floor": {"$in": 1}})", "[]", "{", R"({"$where": "1"})"})
    CHECK_THROWS_AS(count(wrong), InvalidInput);
}

TEST_CASE_METHOD(
    Searchable,
    "a hit carries what a prompt needs: visibility, metadata, more passages and their neighbours") {
  store({.source = key(1, 1), .title = "Guide", .visibility = "public", .metadata = R"({"floor": 2})"},
        {"first alpha", "second beta", "third gamma", "fourth paper", "fifth delta"});
  SearchQuery asked = query(vector, "paper");
  asked.passages = 2;
  asked.neighbours = 1;
  const auto hits = search(database.get(), asked);
  REQUIRE(hits.size() == 1);
  CHECK(hits[0].visibility == "public");
  CHECK(hits[0].metadata == R"({"floor": 2})");
  CHECK(hits[0].chunk == 3);
  REQUIRE_FALSE(hits[0].passages.empty());
  CHECK(hits[0].passages[0].first_chunk == 2);
  CHECK(hits[0].passages[0].last_chunk == 4);
  CHECK(hits[0].passages[0].text == "third gamma\n\nfourth paper\n\nfifth delta");
  CHECK(find(text, "paper")[0].passages[0].text == "fourth paper");
}

TEST_CASE_METHOD(Searchable, "pages follow one another without a gap") {
  for (unsigned number = 1; number <= 30; ++number)
    store(1, number, {"paper " + std::string(number, 'x') + " " + std::to_string(number * 7919)});
  SearchQuery asked = query(fused, "paper", 30);
  const auto all = ids_of(search(database.get(), asked));
  std::vector<Uuid> paged;
  asked.limit = 10;
  for (asked.offset = 0; asked.offset < 40; asked.offset += 10) {
    const auto page = ids_of(search(database.get(), asked));
    paged.insert(paged.end(), page.begin(), page.end());
  }
  CHECK(paged == all);
}
