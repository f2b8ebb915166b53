#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "pg/transaction.hpp"
#include "ragqueue/index_store.hpp"
#include "ragqueue/search.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using testing::Database;
using testing::uuid;
using testing::WordEmbedder;

namespace {

std::vector<float> vector_of(std::string_view text) {
  return embed_text(WordEmbedder{}, text);
}

struct Searchable {
  Database database{WordEmbedder{}};

  void store(unsigned organization, unsigned number, const std::vector<std::string>& passages) const {
    IndexedDocument indexed{
        .document = {
            .source = {.organization_id = uuid(organization), .source_type = "kb", .source_id = uuid(number)},
            .title = "T" + std::to_string(number)}};
    for (const std::string& passage : passages) {
      indexed.chunks.push_back({.content = passage, .embedded_text = passage});
      const std::vector<float> vector = vector_of(passage);
      indexed.vectors.insert(indexed.vectors.end(), vector.begin(), vector.end());
    }
    pg::Transaction transaction(database.get());
    make_postgres_index_store()->apply(database.get(), std::span(&indexed, 1), {});
    transaction.commit();
  }
  [[nodiscard]] std::vector<SearchHit> find(const std::string& words, std::size_t limit = 10) const {
    return search(database.get(), uuid(1), vector_of(words), limit);
  }
};

}  // namespace

TEST_CASE_METHOD(Searchable, "the nearest document comes first, by its best passage, once") {
  store(1, 1, {"paper jam", "paper stuck", "printer paper stuck"});
  store(1, 2, {"wireless network"});
  const std::vector<SearchHit> hits = find("printer paper stuck");
  REQUIRE(hits.size() == 2);
  CHECK(hits[0].source_id == uuid(1));
  CHECK(hits[0].passage == "printer paper stuck");
  CHECK(hits[0].score == Catch::Approx(1.0));
  CHECK(hits[0].title == "T1");
  CHECK(hits[1].score < hits[0].score);
}

TEST_CASE_METHOD(Searchable, "another organization's documents are never found") {
  store(2, 1, {"printer paper stuck"});
  CHECK(find("printer paper stuck").empty());
}

TEST_CASE_METHOD(
    Searchable,
    "k documents are found though one of them fills the nearest places, and others crowd the index") {
  store(1, 1, std::vector<std::string>(300, "paper"));
  for (unsigned number = 2; number <= 5; ++number) store(1, number, {"paper feed " + std::to_string(number)});
  for (unsigned number = 1; number <= 5; ++number) store(2, number, std::vector<std::string>(100, "paper"));
  CHECK(find("paper", 5).size() == 5);
  CHECK(find("paper", 50).size() == 5);
  CHECK(find("paper", 0).empty());
}

TEST_CASE_METHOD(Searchable,
                 "an organization far from the query, among many, still finds its own where HNSW gives up") {
  for (unsigned number = 1; number <= 3; ++number)
    store(1, number, {"wireless network " + std::to_string(number)});
  for (unsigned number = 1; number <= 5; ++number) store(2, number, std::vector<std::string>(100, "paper"));
  database.run("SET hnsw.max_scan_tuples = 1; SET enable_seqscan = off; SET enable_bitmapscan = off");
  const pg::Result approximate =
      pg::execute(database.get(),
                  "SELECT count(*) FROM (SELECT FROM rag_chunks WHERE organization_id = $1 ORDER BY "
                  "embedding <=> $2::real[]::vector LIMIT 10) AS n",
                  pg::Params().add(uuid(1)).add_array(vector_of("paper")));
  database.run("RESET enable_bitmapscan");
  CHECK(approximate.get<std::int64_t>(0, 0) <= 3);
  CHECK(find("paper").size() == 3);
  CHECK(database.text("SELECT current_setting('enable_indexscan')") == "on");
}

TEST_CASE_METHOD(Searchable, "a search joins the caller's transaction") {
  store(1, 1, {"paper"});
  database.run("BEGIN");
  CHECK(find("paper").size() == 1);
  CHECK(pg::in_transaction(database.get()));
}
