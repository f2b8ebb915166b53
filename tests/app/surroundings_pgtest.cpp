// Databases as others set them up, and the whole program in them: schemas, encodings.

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <ragqueue/testing/fake_embedding_server.hpp>

#include "helpdesk.hpp"
#include "program.hpp"
#include "support/deployment.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;
using ragqueue::Connection;
using ragqueue::testing::EmbeddingDialect;
using ragqueue::testing::FakeEmbeddingServer;

namespace {

/// A database of the test's own beside the Helpdesk's, made anew.
std::string make_database(Helpdesk& server, const std::string& name, const std::string& options) {
  server.sql("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  server.sql("CREATE DATABASE " + name + " TEMPLATE template0 " + options);
  return server.conninfo() + " dbname=" + name + " options=''";
}

void run_sql(const std::string& conninfo, const std::string& statements) {
  REQUIRE(program::error_of(Connection(conninfo), statements).empty());
}

nlohmann::json succeed(const std::string& conninfo, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--json", "--database", conninfo});
  const auto outcome = program::run({.arguments = std::move(arguments)});
  INFO(outcome.errors);
  REQUIRE(outcome.exit_code == 0);
  return nlohmann::json::parse(outcome.output);
}

constexpr const char* articles =
    "INSERT INTO kb_articles SELECT gen_random_uuid(), '0a000000-0000-4000-8000-000000000001', 'Article ' || "
    "n, "
    "'Text ' || n, 'public' FROM generate_series(1, 15) AS n;";
constexpr const char* requests =
    "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) SELECT organization_id, "
    "'kb', id, "
    "'upsert' FROM kb_articles";

}  // namespace

TEST_CASE(
    "a schema that its owner's \"$user\" finds serves a worker of another name, with pgvector in a third "
    "schema",
    "[promise-14]") {
  Helpdesk server;
  const std::string place = GENERATE("public", "extensions", "\"Our extensions\"");
  const std::string name = GENERATE("helpdesk", "Help Desk"), quoted = '"' + name + '"';
  const std::string database = make_database(server, "named_schema", "");
  for (const std::string& role : {quoted, std::string("ragw")})
    server.sql("DO $$ BEGIN CREATE ROLE " + role +
               " LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  run_sql(database, fmt::format("CREATE SCHEMA IF NOT EXISTS {0}; CREATE EXTENSION vector SCHEMA {0}; GRANT "
                                "USAGE ON SCHEMA {0} TO {1}, ragw;"
                                "CREATE SCHEMA {1} AUTHORIZATION {1};"
                                "ALTER ROLE {1} IN DATABASE named_schema SET search_path = \"$user\", {0};"
                                "ALTER ROLE ragw IN DATABASE named_schema SET search_path = {1}, {0}",
                                place, quoted));
  const std::string owner = database + " user='" + name + "'", worker = database + " user=ragw";
  run_sql(owner, ragqueue::testing::deployment_tables(512) + articles);
  (void)succeed(owner, {"init"});
  run_sql(owner, succeed(owner, {"grants", "ragw"}).at("sql").get<std::string>());
  run_sql(owner, std::string("GRANT SELECT ON tickets, kb_articles, assets TO ragw;") + requests);
  CHECK(succeed(worker, {"run", "--drain"}).at("done") == 15);
  (void)succeed(worker, {"doctor"});
  (void)succeed(owner, {"doctor"});
  CHECK(succeed(owner, {"search", Helpdesk::org, "article", "7"}).size() == 10);
  CHECK(succeed(owner, {"uninstall", "--yes"}).at("done") == true);
}

TEST_CASE("a refusal in words that the database cannot hold fails its own job, and is recorded",
          "[promise-14]") {
  Helpdesk server;
  const std::string encoding = GENERATE("LATIN1", "LATIN2", "EUC_KR");
  const std::string database =
      make_database(server, "narrow_words", "ENCODING '" + encoding + "' LC_COLLATE 'C' LC_CTYPE 'C'");
  FakeEmbeddingServer embedder({.dialect = EmbeddingDialect::openai});
  embedder.set_faults([](const auto& call) -> std::optional<ragqueue::testing::ServerFault> {
    for (const std::string& text : call.texts) {
      if (text.find("Text 7") != std::string::npos)
        return ragqueue::testing::ServerFault{
            .status = 400, .message = "\u8f93\u5165\u5185\u5bb9\u4e0d\u5408\u89c4 \u2013 rejected"};
    }
    return std::nullopt;
  });
  const auto with_embedder = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--embedder", "openai", "--embedder-url", embedder.url(),
                                         "--embedder-model", "fake-embed"});
    return arguments;
  };
  run_sql(database, std::string("CREATE TABLE kb_articles (id uuid PRIMARY KEY, organization_id uuid, title "
                                "text, content text, visibility text);") +
                        articles);
  (void)succeed(database, with_embedder({"init"}));
  run_sql(database, requests);
  auto arguments = with_embedder({"--json", "--database", database, "run", "--drain", "--max-attempts", "1"});
  const auto outcome = program::run({.arguments = arguments});
  INFO(outcome.errors);
  CHECK(outcome.exit_code == 4);
  const auto counts = nlohmann::json::parse(outcome.output);
  CHECK(counts.at("done") == 14);
  CHECK(counts.at("failed") == 1);
  CHECK(succeed(database, {"status"}).at("failed") == 1);
  run_sql(database,
          "DO $$ BEGIN ASSERT (SELECT last_error LIKE '%rejected%' FROM rag_index_queue WHERE status = "
          "'failed'); END $$");
}
