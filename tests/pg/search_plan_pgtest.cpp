#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "search/search_parts.hpp"
#include "search/sql.hpp"
#include "support/searchable.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
using testing::ids_of;
using testing::Searchable;
using testing::uuid;
using testing::vector_of;

namespace {

/// One organization of 4,000 chunks and a hundred of ten; every word once in 50 chunks.
struct Crowded : Searchable {
  Crowded() {
    database.run(R"sql(
      INSERT INTO rag_documents (organization_id, source_type, source_id, title, visibility)
      SELECT ('00000000-0000-4000-8000-' || lpad(CASE WHEN n <= 4000 THEN '1' ELSE (2 + n % 100)::text END, 12, '0'))::uuid,
             'kb', gen_random_uuid(), 'T' || n, CASE WHEN n % 400 = 0 THEN 'rare' ELSE 'common' END
        FROM generate_series(1, 5000) AS n;
      INSERT INTO rag_chunks (organization_id, document_id, chunk_index, content, token_count, terms, embedding)
      SELECT organization_id, id, 0, 'word' || substr(title, 2)::integer % 50, 1, to_tsvector('english', 'word' || substr(title, 2)::integer % 50),
             (SELECT array_agg(hashint4(substr(title, 2)::integer * 16 + axis) / 2147483648.0) FROM generate_series(1, 16) AS axis)::vector
        FROM rag_documents;
    )sql");
    build_index();
    database.run("VACUUM ANALYZE rag_documents, rag_chunks");
  }

  [[nodiscard]] std::string explain(std::string_view statement, const pg::Params& params) const {
    const pg::Result rows = pg::execute(database.get(), "EXPLAIN " + std::string(statement), params);
    std::string plan;
    for (int row = 0; row < rows.rows(); ++row) plan += rows.get<std::string>(row, 0) + '\n';
    return plan;
  }
  [[nodiscard]] std::string nearest_plan(const SearchFilter& filter) const {
    const pg::Filter passing(filter);
    pg::Params params;
    params.add(uuid(1))
        .add_array(vector_of("paper"))
        .add(std::int64_t{10})
        .add(std::optional<Uuid>())
        .add(std::int64_t{40});
    return explain(passing.in_chunks(sql::search_nearest, 6), passing.add_to(params));
  }
  /// How often a search by words reads an index.
  [[nodiscard]] std::int64_t scans(const std::string& index) const {
    const SearchQuery asked = query(SearchMode::text, "word7");
    const auto count = [&] {
      database.run("SELECT pg_stat_force_next_flush()");
      return database.number(
          "SELECT idx_scan FROM pg_stat_user_indexes WHERE schemaname = current_schema() AND indexrelname = "
          "'" +
          index + "'");
    };
    const std::int64_t before = count();
    CHECK_FALSE(search(database.get(), asked).empty());
    return count() - before;
  }
};

}  // namespace

TEST_CASE_METHOD(Crowded, "the HNSW index gives the nearest in order, with a filter and without") {
  for (const SearchFilter& filter : {SearchFilter{}, SearchFilter{.visibilities = {"common"}}}) {
    const std::string plan = nearest_plan(filter);
    INFO(plan);
    CHECK_THAT(plan, ContainsSubstring("Index Scan using rag_chunks_embedding"));
  }
}

TEST_CASE_METHOD(Crowded,
                 "HNSW looks at as many candidates as wanted, and goes on where a filter lets few pass") {
  const auto setting = [&](const std::string& name) {
    return database.text("current_setting('hnsw." + name + "')");
  };
  database.run("BEGIN");
  CHECK(find(SearchMode::vector, "paper", 5).size() == 5);
  CHECK(setting("ef_search") == "400");
  CHECK(setting("iterative_scan") == "relaxed_order");
  CHECK(setting("max_scan_tuples") == "20000");
  database.run("COMMIT");
  CHECK(setting("iterative_scan") == "off");
}

TEST_CASE_METHOD(Crowded, "the GIN index finds words") {
  CHECK(scans("rag_chunks_terms") > 0);
}

TEST_CASE_METHOD(Crowded,
                 "k of k are found by a filter that few among many pass, and in the smallest organization") {
  SearchQuery asked = query(SearchMode::vector, "paper", 10);
  asked.filter.visibilities = {"rare"};
  CHECK(search(database.get(), asked).size() == 10);
  asked.filter = {};
  asked.organization_id = uuid(50);
  CHECK(search(database.get(), asked).size() == 10);
}

TEST_CASE_METHOD(Crowded, "through HNSW, nearly all of the true nearest are found") {
  std::size_t found = 0;
  for (const std::string words : {"paper", "wireless network", "disk", "a b c d"}) {
    pg::Params params;
    params.add(uuid(1)).add_array(vector_of(words)).add(std::int64_t{50}).add(std::optional<Uuid>());
    const auto truth = ids_of(pg::hits_of(
        pg::execute(database.get(), pg::Filter({}).in(sql::search_exact, 5), params), &SearchHit::by_vector));
    SearchQuery asked = query(SearchMode::vector, words, 50);
    asked.duplicates = true;
    const auto hits = ids_of(search(database.get(), asked));
    REQUIRE(hits.size() == 50);
    for (const Uuid& id : hits) found += std::ranges::count(truth, id) > 0 ? 1 : 0;
  }
  CHECK(found >= 190);
}
