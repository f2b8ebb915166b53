#include <algorithm>
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "ragqueue/error.hpp"
#include "support/searchable.hpp"

using namespace ragqueue;
using testing::ids_of;
using testing::Searchable;
using testing::uuid;
using testing::vector_of;
using enum SearchMode;

TEST_CASE_METHOD(Searchable, "by vector, the nearest document comes first, by its best passage, once") {
  store(1, 1, {"paper jam", "paper stuck", "printer paper stuck"});
  store(1, 2, {"wireless network"});
  const std::vector<SearchHit> hits = find(vector, "printer paper stuck");
  REQUIRE(hits.size() == 2);
  CHECK(hits[0].source_id == uuid(1));
  CHECK(hits[0].passage == "printer paper stuck");
  CHECK(hits[0].score == Catch::Approx(1.0));
  CHECK(hits[0].by_vector->rank == 1);
  CHECK_FALSE(hits[0].by_text);
  CHECK(hits[0].title == "T1");
  CHECK(hits[1].score < hits[0].score);
}

TEST_CASE_METHOD(Searchable, "another organization's documents are never found", "[promise-13]") {
  store(2, 1, {"printer paper stuck"});
  for (const SearchMode mode : {vector, text, fused}) CHECK(find(mode, "printer paper stuck").empty());
}

TEST_CASE_METHOD(
    Searchable,
    "k documents are found though one of them fills the nearest places, and others crowd the index") {
  build_index();
  store(1, 1, std::vector<std::string>(1500, "paper"));
  for (unsigned number = 2; number <= 5; ++number) store(1, number, {"paper feed " + std::to_string(number)});
  for (unsigned number = 1; number <= 5; ++number) store(2, number, std::vector<std::string>(100, "paper"));
  CHECK(find(vector, "paper", 5).size() == 5);
  CHECK(find(vector, "paper", 50).size() == 5);
  CHECK(find(vector, "paper", 0).empty());
}

TEST_CASE_METHOD(Searchable, "beside a large organization, too, another's documents are never found",
                 "[promise-13]") {
  build_index();
  store(1, 1, std::vector<std::string>(1500, "paper"));
  store(2, 2, {"wireless"});
  database.run(
      "SET enable_indexscan = off");  // a walk through a graph of equals might miss what is forbidden
  const auto hits = find(vector, "wireless", 1);
  REQUIRE(hits.size() == 1);
  CHECK(hits[0].source_id == uuid(1));
}

TEST_CASE_METHOD(Searchable, "where HNSW gives up, an exact scan answers") {
  const auto maintain_index = [&](const std::string& ready) {
    database.run("UPDATE pg_index SET indisready = " + ready +
                 " WHERE indexrelid = 'rag_chunks_embedding'::regclass");
  };
  build_index();
  store(1, 1, std::vector<std::string>(1500, "paper"));
  maintain_index("false");  // as if no walk through the graph reached what comes now
  for (unsigned number = 2; number <= 4; ++number) store(1, number, {"wireless " + std::to_string(number)});
  maintain_index("true");
  database.run("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off");
  const pg::Result by_index = pg::execute(
      database.get(),
      "SELECT count(DISTINCT document_id) FROM (SELECT document_id FROM rag_chunks ORDER BY embedding "
      "<=> $1::real[]::vector LIMIT 2000) AS nearest",
      pg::Params().add_array(vector_of("paper")));
  REQUIRE(by_index.get<std::int64_t>(0, 0) == 1);
  CHECK(find(vector, "paper", 4).size() == 4);
}

TEST_CASE_METHOD(Searchable, "by text, rare words count more, stems match, and no document needs them all") {
  store({.source = key(1, 1), .title = "Printers"}, {"how to print", "the paper is stuck in the printer"});
  store({.source = key(1, 2), .title = "Networks"}, {"printers on a network", "choose a network"});
  store({.source = key(1, 3), .title = "Zebra"}, {"nothing of it"});
  for (unsigned number = 4; number <= 9; ++number) store(1, number, {"a printer " + std::to_string(number)});

  const auto hits = find(text, "why does my printer get STUCK papers");
  REQUIRE(hits.size() == 8);
  CHECK(hits[0].source_id == uuid(1));
  CHECK(hits[0].passage == "the paper is stuck in the printer");
  CHECK(hits[0].by_text->rank == 1);
  CHECK_FALSE(hits[0].by_vector);
  CHECK(hits[1].score < hits[0].score);

  const auto by_title = find(text, "zebras and networks");
  CHECK(by_title.size() == 2);
  const auto zebra = std::ranges::find(by_title, uuid(3), &SearchHit::source_id);
  REQUIRE(zebra != by_title.end());
  CHECK(zebra->passage == "nothing of it");
}

TEST_CASE_METHOD(Searchable, "by text, the score is the share of the question's words that are there") {
  store(1, 1, {"printer paper stuck"});
  store(1, 2, {"printer stuck"});
  store({.source = key(1, 3), .title = "Printer paper stuck"}, {"stuck printer paper"});
  const auto hits = find(text, "printer paper stuck");
  REQUIRE(ids_of(hits) == std::vector{uuid(3), uuid(1), uuid(2)});
  CHECK(hits[0].score == Catch::Approx(2));
  CHECK(hits[1].score == Catch::Approx(1));
  CHECK(hits[2].score < 1);
  CHECK(find(text, "printer paper stuck zeppelin")[1].score < 0.5);  // nobody's word is the rarest
}

TEST_CASE_METHOD(Searchable, "a question of stop words, quotes and operators is a question") {
  store(1, 1, {"what isn't C:\\temp & 'quoted' | odd:* !words <-> here"});
  CHECK(find(text, "is it the").empty());
  CHECK(find(text, "...").empty());
  for (const auto* words :
       {"C:\\temp", "'quoted'", "odd:*", "!words", "a & | ! ( ) <-> :* words", "isn't quoted"})
    CHECK(find(text, words).size() == 1);
  CHECK(find(fused, "is it the").size() == 1);
  CHECK(find(text, std::string(200'000, 'x') + " words").empty());
  CHECK(find(text, "words " + std::string(200'000, 'x')).size() == 1);
}

TEST_CASE_METHOD(Searchable, "a title or passage beyond what a tsvector holds is stored and searched") {
  std::string endless;
  for (int word = 0; endless.size() < 3'000'000; ++word) endless += "w" + std::to_string(word) + " ";
  store({.source = key(1, 1), .title = endless}, {endless});
  CHECK(find(text, "w17").size() == 1);
}

TEST_CASE_METHOD(Searchable, "fused, a document of both lists comes before one of either") {
  store(1, 1, {"printer paper stuck"});
  store(1, 2, {"wireless network"});
  const auto hits = find(fused, "printer paper stuck");
  REQUIRE(hits.size() == 2);
  CHECK(hits[0].source_id == uuid(1));
  CHECK(hits[0].by_vector->rank == 1);
  CHECK(hits[0].by_text->rank == 1);
  CHECK(hits[0].score == Catch::Approx(1));
  CHECK(hits[1].score == Catch::Approx(0));
  CHECK_FALSE(hits[1].by_text);
}

TEST_CASE_METHOD(Searchable, "similar finds a document's neighbours by its stored vectors, but not itself") {
  store(1, 1, {"printer paper", "paper stuck"});
  store(1, 2, {"printer paper stuck"});
  store(1, 3, {"wireless network"});
  store(1, 4, {});
  store(2, 5, {"printer paper stuck"});
  CHECK(ids_of(similar(database.get(), key(1, 1))) == std::vector{uuid(2), uuid(3)});
  CHECK(ids_of(similar(database.get(), key(1, 1), 1)) == std::vector{uuid(2)});
  CHECK(similar(database.get(), key(1, 1), 10, {.source_types = {"ticket"}}).empty());
  CHECK(similar(database.get(), key(1, 4)).empty());
  CHECK_THROWS_AS(similar(database.get(), key(1, 5)), InvalidInput);
}

TEST_CASE_METHOD(Searchable, "a question that cannot be put is refused") {
  const auto refused = [&](const SearchQuery& wrong) {
    CHECK_THROWS_AS(search(database.get(), wrong), Error);
    CHECK_FALSE(pg::in_transaction(database.get()));
  };
  refused(query(vector, "paper", max_search_limit + 1));
  refused({.organization_id = uuid(1), .vector = vector_of("paper"), .mode = fused});
  refused({.organization_id = uuid(1), .text = "paper", .mode = fused});
  refused({.organization_id = uuid(1), .vector = {0, 0}, .mode = vector});
  refused({.organization_id = uuid(1), .vector = {std::numeric_limits<float>::quiet_NaN()}, .mode = vector});
  store(1, 1, {"paper"});
  refused({.organization_id = uuid(1), .vector = {1, 2}, .mode = vector});
  refused({.organization_id = uuid(1), .text = "paper", .mode = text, .filter = {.metadata = "no json"}});
}

TEST_CASE_METHOD(Searchable, "a search joins the caller's transaction") {
  store(1, 1, {"paper"});
  database.run("BEGIN");
  for (const SearchMode mode : {vector, text, fused}) CHECK(find(mode, "paper").size() == 1);
  CHECK(similar(database.get(), key(1, 1)).empty());
  CHECK(pg::in_transaction(database.get()));
}
