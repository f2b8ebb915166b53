#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <vector>

#include "chunk/content_hash.hpp"
#include "db/transaction.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/index_store.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using testing::Database;
using testing::uuid;
using testing::WordEmbedder;

namespace {

SourceKey page(unsigned number) {
  return {.organization_id = uuid(1), .source_type = "page", .source_id = uuid(number)};
}

Link to(unsigned number, const std::string& edge_type = "seealso", double weight = 1) {
  return {.source_type = "page", .source_id = uuid(number), .edge_type = edge_type, .weight = weight};
}

IndexedDocument document(unsigned number, const std::vector<std::string>& passages,
                         std::vector<Link> links = {}) {
  IndexedDocument indexed{.document = {.source = page(number),
                                       .title = "Page " + std::to_string(number),
                                       .links = std::move(links)}};
  for (const std::string& passage : passages) {
    indexed.chunks.push_back({.content = passage, .embedded_text = passage, .token_count = 3});
    const std::vector<float> vector = embed_text(WordEmbedder{}, passage, Purpose::document);
    indexed.vectors.insert(indexed.vectors.end(), vector.begin(), vector.end());
  }
  return indexed;
}

struct Index {
  Database database{WordEmbedder{}};

  void store(const std::vector<IndexedDocument>& upserts, const std::vector<SourceKey>& removals = {}) const {
    pg::Transaction transaction(database.get());
    make_postgres_index_store()->apply(database.get(), upserts, removals);
    transaction.commit();
  }
  [[nodiscard]] std::string chunks() const {
    return database.text(
        "SELECT string_agg(d.title || ':' || c.content, ', ' ORDER BY d.title, c.chunk_index) FROM "
        "rag_chunks c JOIN "
        "rag_documents d ON d.organization_id = c.organization_id AND d.id = c.document_id");
  }
  /// Nodes by number, `?` where no document stands behind it.
  [[nodiscard]] std::string nodes() const {
    return database.text(
        "SELECT string_agg(right(node_id::text, 1) || CASE WHEN document_id IS NULL THEN '?' ELSE '' END, ' "
        "' ORDER BY "
        "node_id) FROM rag_nodes");
  }
  [[nodiscard]] std::string edges() const {
    return database.text(
        "SELECT string_agg(right(f.node_id::text, 1) || '>' || right(t.node_id::text, 1) || ' ' || edge_type "
        "|| weight, ', ' "
        "ORDER BY f.node_id, t.node_id, edge_type) FROM rag_edges e JOIN rag_nodes f ON f.id = from_node_id "
        "JOIN rag_nodes t "
        "ON t.id = to_node_id");
  }
};

}  // namespace

TEST_CASE_METHOD(Index, "an upsert replaces all of a document: no chunk is left over", "[promise-3]") {
  store({document(1, {"a", "b", "c"}), document(2, {"x"})});
  CHECK(chunks() == "Page 1:a, Page 1:b, Page 1:c, Page 2:x");
  const std::string id = database.text("SELECT id FROM rag_documents WHERE title = 'Page 1'");
  store({document(1, {"d"})});
  CHECK(chunks() == "Page 1:d, Page 2:x");
  CHECK(database.text("SELECT id FROM rag_documents WHERE title = 'Page 1'") == id);
  store({document(1, {})});
  CHECK(chunks() == "Page 2:x");
}

TEST_CASE_METHOD(Index, "vectors arrive bit by bit") {
  store({document(1, {"printer paper jam"})});
  const std::vector<float> vector = embed_text(WordEmbedder{}, "printer paper jam");
  const pg::Result same = pg::execute(database.get(), "SELECT embedding = $1::real[]::vector FROM rag_chunks",
                                      pg::Params().add_array(vector));
  CHECK(same.get<bool>(0, 0));
}

TEST_CASE_METHOD(Index, "vectors of any dimension are parameters, several in one") {
  for (std::size_t dimension = 1; dimension <= 40; ++dimension) {
    std::vector<float> first, second;
    for (std::size_t i = 0; i < dimension; ++i) {
      first.push_back(1.F / static_cast<float>(i + 3));
      second.push_back(-1e-20F * static_cast<float>(i + dimension));
    }
    const std::vector<std::span<const float>> both{first, second};
    const pg::Result same =
        pg::execute(database.get(),
                    "SELECT ($1::vector[])[1] = $2::real[]::vector AND ($1::vector[])[2] = "
                    "$3::real[]::vector AND cardinality($1::vector[]) = 2",
                    pg::Params().add_vectors(both).add_array(first).add_array(second));
    CHECK(same.get<bool>(0, 0));
  }
  const pg::Result none = pg::execute(database.get(), "SELECT cardinality($1::vector[]) = 0",
                                      pg::Params().add_vectors(std::vector<std::span<const float>>()));
  CHECK(none.get<bool>(0, 0));
}

TEST_CASE_METHOD(Index, "a removal takes document, chunks, node and edges; again, it takes nothing",
                 "[promise-3]") {
  store({document(1, {"a"}, {to(2)}), document(2, {"b"})});
  store({}, {page(1)});
  CHECK(chunks() == "Page 2:b");
  CHECK(nodes() == "2");
  CHECK(edges() == "NULL");
  store({}, {page(1), page(9)});
  CHECK(nodes() == "2");
}

TEST_CASE_METHOD(Index, "a link to a source that is not indexed yet is kept, and becomes whole later") {
  store({document(1, {"a"}, {to(2)})});
  CHECK(nodes() == "1 2?");
  CHECK(edges() == "1>2 seealso1");
  store({document(2, {"b"})});
  CHECK(nodes() == "1 2");
  CHECK(edges() == "1>2 seealso1");
}

TEST_CASE_METHOD(Index, "a removed document that others link to leaves a node for their links") {
  store({document(1, {"a"}, {to(2)}), document(2, {"b"}, {to(3)})});
  store({}, {page(2)});
  CHECK(nodes() == "1 2?");
  CHECK(edges() == "1>2 seealso1");
  store({}, {page(1)});
  CHECK(nodes() == "NULL");
}

TEST_CASE_METHOD(Index, "edges follow the links as they change, and orphaned nodes go", "[promise-3]") {
  store({document(1, {"a"}, {to(2), to(3), to(3, "next", 0.5)})});
  CHECK(edges() == "1>2 seealso1, 1>3 next0.5, 1>3 seealso1");
  store({document(1, {"a"}, {to(3, "next", 2)})});
  CHECK(nodes() == "1 3?");
  CHECK(edges() == "1>3 next2");
}

TEST_CASE_METHOD(Index,
                 "the same link twice is one edge with the greater weight; a link to itself is an edge") {
  store({document(1, {"a"}, {to(2, "seealso", 1), to(2, "seealso", 3), to(1)})});
  CHECK(edges() == "1>1 seealso1, 1>2 seealso3");
  store({}, {page(1)});
  CHECK(nodes() == "NULL");
}

TEST_CASE_METHOD(Index, "organizations are apart, even with the same ids", "[promise-13]") {
  IndexedDocument foreign = document(1, {"secret"}, {to(2)});
  foreign.document.source.organization_id = uuid(2);
  foreign.document.title = "Foreign";
  store({document(1, {"a"}, {to(2)}), foreign});
  CHECK(chunks() == "Foreign:secret, Page 1:a");
  store({}, {page(1)});
  CHECK(chunks() == "Foreign:secret");
  CHECK(nodes() == "1 2?");
}

TEST_CASE_METHOD(Index, "a link that cannot be is refused by name") {
  CHECK_THROWS_AS(store({document(1, {}, {to(2, "")})}), InvalidInput);
  CHECK_THROWS_AS(store({document(1, {}, {to(2, std::string(51, 'x'))})}), InvalidInput);
  CHECK_THROWS_AS(store({document(1, {}, {to(2, "x", std::numeric_limits<double>::infinity())})}),
                  InvalidInput);
  CHECK(nodes() == "NULL");
}

TEST_CASE_METHOD(Index,
                 "a chunk that stays keeps its row, wherever it stands; one that is gone is an error") {
  const auto hashed = [](const std::vector<std::string>& passages) {
    IndexedDocument indexed = document(1, passages);
    for (const Chunk& chunk : indexed.chunks) indexed.hashes.push_back(hash_chunk(chunk, WordEmbedder{}));
    return indexed;
  };
  const auto row = [&] { return database.text("SELECT id FROM rag_chunks WHERE content = 'b'"); };
  store({hashed({"a", "b"})});
  const std::string before = row();
  CHECK(make_postgres_index_store()->stored_chunks(database.get(), std::vector{page(1)}).at(page(1)) ==
        hashed({"a", "b"}).hashes);
  IndexedDocument edited = hashed({"new", "a", "b"});
  edited.reused = {false, true, true};
  const std::string moved_within_page = "SELECT pg_stat_get_xact_tuples_hot_updated('rag_chunks'::regclass)";
  {
    pg::Transaction transaction(database.get());
    make_postgres_index_store()->apply(database.get(), std::span(&edited, 1), {});
    CHECK(database.number(moved_within_page) == 2);  // and no index was touched
    transaction.commit();
  }
  CHECK(chunks() == "Page 1:new, Page 1:a, Page 1:b");
  CHECK(row() == before);
  const std::string version = database.text("SELECT string_agg(xmin::text, ' ') FROM rag_documents");
  store({edited});
  CHECK(database.text("SELECT string_agg(xmin::text, ' ') FROM rag_documents") == version);
  database.run("DELETE FROM rag_chunks WHERE content = 'b'");
  CHECK_THROWS_AS(store({edited}), Error);
}
