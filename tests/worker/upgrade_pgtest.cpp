#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "helpdesk.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/related.hpp"
#include "ragqueue/search.hpp"
#include "schema/sql.hpp"

using namespace ragqueue;
using testing::Database;
using testing::Helpdesk;
using testing::uuid;

namespace {

/// A filled index of schema 2: pages 1 and 2, which link to each other and to 9, which is not indexed; and a
/// node 8 that nothing leads to.
std::string schema_of_old() {
  const Database database;
  for (std::size_t version = 1; version <= 2; ++version) {
    database.run(std::string(sql::migrations.at(version - 1)));
    database.run(fmt::format("INSERT INTO rag_schema (version) VALUES ({})", version));
  }
  database.run(
      "ALTER TABLE rag_chunks ALTER COLUMN embedding TYPE vector(16);"
      "CREATE INDEX rag_chunks_embedding ON rag_chunks USING hnsw (embedding vector_cosine_ops);"
      "INSERT INTO rag_embedder (name, dimension) VALUES ('words', 16);"
      "CREATE TABLE pages (organization_id uuid, id uuid, title text, body text, links jsonb);");
  for (const auto& [page, body] : {std::pair(1U, "paper jam"), std::pair(2U, "disk full")}) {
    pg::Params params;
    params.add(uuid(1)).add(uuid(page)).add(fmt::format("Page {}", page)).add(body);
    pg::execute(
        database.get(),
        "WITH document AS (INSERT INTO rag_documents (organization_id, source_type, source_id, title) "
        "VALUES ($1, 'page', $2, $3) RETURNING *), page AS (INSERT INTO pages VALUES ($1, $2, $3, $4)), "
        "chunk AS (INSERT INTO rag_chunks SELECT organization_id, id, 0, $4, 3, $5::real[]::vector FROM "
        "document) INSERT INTO rag_nodes (organization_id, node_type, node_id, title, document_id) "
        "SELECT organization_id, source_type, source_id, title, id FROM document",
        params.add_array(embed_text(testing::WordEmbedder{}, body, Purpose::document)));
  }
  database.run(fmt::format(
      "INSERT INTO rag_nodes (organization_id, node_type, node_id) SELECT '{}', 'page', id FROM (VALUES "
      "('{}'::uuid), ('{}')) AS target (id);"
      "INSERT INTO rag_edges (organization_id, from_node, to_node, edge_type) SELECT f.organization_id, "
      "f.id, "
      "t.id, 'seealso' FROM rag_nodes AS f, rag_nodes AS t WHERE f.title IS NOT NULL AND f.id <> t.id AND "
      "t.node_id <> '{}'",
      uuid(1).to_string(), uuid(8).to_string(), uuid(9).to_string(), uuid(8).to_string()));
  return database.conninfo();
}

/// As an upgrade of it left it.
struct Upgraded : Helpdesk {
  int embedded = 0;

  Upgraded() : Helpdesk(schema_of_old()) {
    pipeline.sources = make_sql_source_fetcher(
        {{.type = "page",
          .query = "SELECT id, title, body, links FROM pages WHERE organization_id = $1 AND id = ANY ($2)"}});
    embedder->before_call = [this](auto texts) { embedded += static_cast<int>(texts.size()); };
    set_links(1, {2, 9});
    set_links(2, {1, 9});
  }

  static SourceKey page(unsigned number) {
    return {.organization_id = uuid(1), .source_type = "page", .source_id = uuid(number)};
  }
  void set_links(unsigned number, const std::vector<unsigned>& targets) const {
    std::string links;
    for (const unsigned target : targets) {
      links += fmt::format(R"({}{{"source_type": "page", "source_id": "{}", "edge_type": "seealso"}})",
                           links.empty() ? "" : ", ", uuid(target).to_string());
    }
    pg::execute(database.get(), "UPDATE pages SET links = $2::text::jsonb WHERE id = $1",
                pg::Params().add(uuid(number)).add("[" + links + "]"));
  }
  void run(unsigned number, Action action = Action::upsert) const {
    enqueue_index(database.get(), Request{.source = page(number), .action = action});
    REQUIRE(process_claimed().done == 1);
  }
  [[nodiscard]] std::string graph() const {
    return database.text(
        "SELECT concat_ws(', ', (SELECT string_agg(right(node_id::text, 1) || CASE WHEN document_id IS NULL "
        "THEN '?' ELSE '' END, ' ' ORDER BY node_id) FROM rag_nodes), (SELECT "
        "string_agg(right(f.node_id::text, "
        "1) || '>' || right(t.node_id::text, 1), ' ' ORDER BY f.node_id, t.node_id) FROM rag_edges AS e JOIN "
        "rag_nodes AS f ON f.id = e.from_node JOIN rag_nodes AS t ON t.id = e.to_node))");
  }
};

}  // namespace

TEST_CASE_METHOD(Upgraded, "an index of schema 2 is upgraded where it stands, and is searched at once") {
  for (const SearchMode mode : {SearchMode::text, SearchMode::vector, SearchMode::fused}) {
    const std::vector<SearchHit> hits = search(database.get(), {.organization_id = uuid(1),
                                                                .text = "paper jam",
                                                                .vector = embed_text(*embedder, "paper jam"),
                                                                .mode = mode});
    REQUIRE_FALSE(hits.empty());
    CHECK(hits[0].source_id == uuid(1));
    CHECK(hits[0].passage == "paper jam");
  }
  CHECK(graph() == "1 2 9?, 1>2 1>9 2>1 2>9");
}

TEST_CASE_METHOD(Upgraded, "a document of schema 2 is embedded once more, and then kept") {
  run(1);
  CHECK(embedded == 1);
  CHECK(database.number("SELECT count(*) FROM rag_chunks WHERE content = 'paper jam'") == 1);
  const std::string row = database.text("SELECT id FROM rag_chunks WHERE content = 'paper jam'");
  run(1);
  CHECK(embedded == 1);
  CHECK(database.text("SELECT id FROM rag_chunks WHERE content = 'paper jam'") == row);
  CHECK(graph() == "1 2 9?, 1>2 1>9 2>1 2>9");
}

TEST_CASE_METHOD(Upgraded, "the edges of schema 2 go with the document that gave them") {
  set_links(1, {});
  run(1);
  CHECK(graph() == "1 2 9?, 2>1 2>9");
  SECTION("removed") {
    run(2, Action::remove);
    CHECK(graph() == "1");
  }
  SECTION("and an unresolved one becomes whole") {
    database.run("INSERT INTO pages SELECT organization_id, '" + uuid(9).to_string() +
                 "', 'Page 9', 'slow', NULL FROM pages LIMIT 1");
    run(9);
    CHECK(graph() == "1 2 9, 2>1 2>9");
  }
}
