#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/source_fetcher.hpp"
#include "support/database.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using testing::Database;
using testing::uuid;

namespace {

struct Application {
  Database database;

  Application() {
    database.run(
        "CREATE TABLE tickets (id uuid, organization_id uuid, subject text, description text, resolution "
        "text, status text);"
        "CREATE TABLE kb_articles (id uuid, organization_id uuid, title text, content text, visibility text);"
        "CREATE TABLE assets (id uuid, organization_id uuid, name text, asset_type text, metadata_json "
        "text)");
  }
  [[nodiscard]] std::vector<Document> fetch(const std::vector<SqlSource>& sources, const std::string& type,
                                            std::vector<Uuid> ids) const {
    return make_sql_source_fetcher(sources)->fetch(database.get(), uuid(1), type, ids);
  }
  [[nodiscard]] std::vector<Document> custom(const std::string& query) const {
    return fetch({{.type = "page", .query = query}}, "page", {uuid(1), uuid(2)});
  }
};

const std::string one = "'00000000-0000-4000-8000-000000000001'::uuid";

}  // namespace

TEST_CASE_METHOD(Application,
                 "tickets, articles and assets are read as they are, many at once, of one organization") {
  const std::string org = "'" + uuid(1).to_string() + "'";
  const std::string other = "'" + uuid(2).to_string() + "'";
  database.run("INSERT INTO tickets VALUES (" + one + ", " + org +
               ", 'Printer', 'Paper jam', NULL, 'open'), (" + one + ", " + other +
               ", 'Secret', '', '', 'open')");
  database.run("INSERT INTO kb_articles VALUES (" + one + ", " + org + ", 'How', 'Pull gently', 'public')");
  database.run("INSERT INTO assets VALUES (" + one + ", " + org +
               ", 'LaserJet', 'printer', '{\"room\": \"2.11\", \"color\": false}')");

  const std::vector<Document> tickets = fetch(builtin_sources(), "ticket", {uuid(1), uuid(2)});
  REQUIRE(tickets.size() == 1);
  CHECK(tickets[0].title == "Printer");
  CHECK(tickets[0].body == "Paper jam");
  CHECK(tickets[0].metadata == R"({"status": "open"})");

  const std::vector<Document> articles = fetch(builtin_sources(), "kb", {uuid(1)});
  REQUIRE(articles.size() == 1);
  CHECK(articles[0].visibility == "public");

  const std::vector<Document> assets = fetch(builtin_sources(), "asset", {uuid(1)});
  REQUIRE(assets.size() == 1);
  CHECK(assets[0].body == "printer\ncolor: false\nroom: 2.11");
}

TEST_CASE_METHOD(Application,
                 "a query may leave columns out, end with a semicolon or a comment, and return NULL") {
  const std::vector<Document> documents =
      custom("SELECT " + one + " AS id, NULL AS title, 'text' AS body -- all;\n;");
  REQUIRE(documents.size() == 1);
  CHECK(documents[0].title.empty());
  CHECK(documents[0].visibility.empty());
  CHECK(documents[0].links.empty());
}

TEST_CASE_METHOD(Application, "links come as a JSON array") {
  const std::vector<Document> documents =
      custom("SELECT " + one +
             " AS id, '' AS title, '' AS body, jsonb_build_array(jsonb_build_object('source_type', 'kb', "
             "'source_id', " +
             one + "), jsonb_build_object('source_type', 'kb', 'source_id', " + one +
             ", 'edge_type', 'seealso', 'weight', 0.5)) AS links");
  REQUIRE(documents.size() == 1);
  REQUIRE(documents[0].links.size() == 2);
  CHECK(documents[0].links[0].edge_type == "related");
  CHECK(documents[0].links[1].edge_type == "seealso");
  CHECK(documents[0].links[1].weight == 0.5);
}

TEST_CASE_METHOD(Application, "a query that is wrong is an error that says how") {
  struct Case {
    std::string query, says;
  };
  const std::vector<Case> cases{
      {"SELECT nonsense", "column \"nonsense\" does not exist"},
      {"SELECT " + one + " AS id, 'x' AS title", "column \"body\" does not exist"},
      {"SELECT 'x' AS title, 'y' AS body", "column \"id\" does not exist"},
      {"SELECT 7 AS id, 'x' AS title, 'y' AS body", "cannot cast type integer to uuid"},
      {"SELECT NULL::uuid AS id, 'x' AS title, 'y' AS body", "an id that is NULL"},
      {"SELECT " + one + " AS id, 'x' AS title, 'y' AS body FROM generate_series(1, 2)", "twice"},
      {"SELECT gen_random_uuid() AS id, 'x' AS title, 'y' AS body", "not asked for"},
      {"SELECT " + one + " AS id, 'x' AS title, 'y' AS body, 'no json' AS metadata",
       "invalid input syntax for type json"},
      {"SELECT " + one + " AS id, 'x' AS title, 'y' AS body, '{}'::jsonb AS links", "jsonb_to_recordset"},
      {"SELECT " + one + " AS id, 'x' AS title, 'y' AS body, '[{\"source_type\": \"kb\"}]'::jsonb AS links",
       "links[0]"},
      {"SELECT " + one + " AS id, 1/0 AS title, 'y' AS body", "division by zero"},
  };
  for (const Case& wrong : cases) {
    CAPTURE(wrong.query);
    CHECK_THROWS_MATCHES(custom(wrong.query), Error, MessageMatches(ContainsSubstring(wrong.says)));
  }
}

TEST_CASE_METHOD(Application,
                 "a source type that this worker does not know is named, with those that it knows") {
  CHECK_THROWS_MATCHES(
      fetch(builtin_sources(), "invoice", {uuid(1)}), Error,
      MessageMatches(ContainsSubstring("'invoice'") && ContainsSubstring("asset, kb, ticket")));
}

TEST_CASE("a source without a name or a query is refused when it is configured") {
  CHECK_THROWS_AS(make_sql_source_fetcher({{.type = "", .query = "SELECT 1"}}), InvalidInput);
  CHECK_THROWS_AS(make_sql_source_fetcher({{.type = "x", .query = " ; "}}), InvalidInput);
}
