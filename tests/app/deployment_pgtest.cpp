// The deployment that ragqueue replaces, taken over by the program as its operator does it.

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <ragqueue/testing/fake_embedding_server.hpp>

#include "helpdesk.hpp"
#include "program.hpp"
#include "support/deployment.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;
using ragqueue::testing::EmbeddingDialect;
using ragqueue::testing::FakeEmbeddingServer;

namespace {

constexpr int dimension = 1536;

struct Deployment : Helpdesk {
  FakeEmbeddingServer server{{.dialect = EmbeddingDialect::openai, .dimension = dimension}};

  Deployment() {
    sql("DROP TABLE kb_articles");
    sql(ragqueue::testing::deployment_tables(dimension) + ragqueue::testing::deployment_rows(dimension));
  }

  [[nodiscard]] std::vector<std::string> with_embedder(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--embedder", "openai", "--embedder-url", server.url(),
                                         "--embedder-model", "fake-embed"});
    return arguments;
  }
};

}  // namespace

TEST_CASE_METHOD(Deployment,
                 "init says what it finds, alone with --dry-run; a drain indexes everything anew; uninstall "
                 "gives it back") {
  const auto told = json(with_embedder({"init", "--dry-run"})).at("findings");
  CHECK_THAT(told.dump(), ContainsSubstring("rag_documents stands with 66 rows and is adopted"));
  CHECK(text("SELECT to_regclass('rag_schema') IS NULL") == "t");
  const auto done = json(with_embedder({"init"}));
  CHECK(done.at("findings") == told);
  CHECK(done.at("vector_index") == "ready");
  json(with_embedder({"run", "--drain", "--poll", "0.2"}));
  CHECK(text("SELECT count(*) FROM rag_documents") == "70");
  CHECK(text("SELECT count(*) FROM rag_documents d WHERE title LIKE 'OLD%' OR NOT EXISTS (SELECT FROM "
             "rag_chunks c WHERE c.document_id = d.id)") == "0");
  CHECK(text("SELECT count(*) FROM rag_chunks WHERE content LIKE 'OLD%' OR embedding IS NULL OR "
             "vector_norm(embedding) = 0") == "0");
  CHECK(text("SELECT count(*) FROM rag_index_queue WHERE status NOT IN ('done', 'failed')") == "0");

  const auto looked = run(start({"uninstall", "--dry-run"}));
  CHECK(looked.exit_code == 0);
  CHECK(run(start({"uninstall"})).exit_code == 2);
  CHECK(text("SELECT to_regclass('rag_schema') IS NULL") == "f");
  CHECK(run(start({"uninstall", "--yes"})).exit_code == 0);
  CHECK(text("SELECT to_regclass('rag_schema') IS NULL AND to_regclass('rag_workers') IS NULL") == "t");
  CHECK(text("SELECT count(*) FROM rag_documents JOIN rag_chunks ON document_id = rag_documents.id") != "0");
}
