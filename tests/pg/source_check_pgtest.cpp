#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "ragqueue/source_check.hpp"
#include "support/database.hpp"
#include "support/eventually.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
using testing::Database;

namespace {

struct Wiki {
  Database database;

  Wiki() {
    database.run(
        "CREATE TABLE pages (id uuid, organization_id uuid, name text, text text, number integer, extra "
        "jsonb)");
  }
  [[nodiscard]] std::vector<SourceProblem> check(const std::string& query) const {
    const std::vector<SqlSource> sources{{.type = "page", .query = query}};
    return check_sources(database.get(), sources);
  }
};

const std::string from = " FROM pages WHERE organization_id = $1 AND id = ANY ($2)";

}  // namespace

TEST_CASE_METHOD(Wiki, "a look at the sources ends when it is told to, and takes that for no problem") {
  database.run(
      "CREATE FUNCTION planned_slowly() RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM "
      "pg_sleep(60); "
      "RETURN 1; END'");
  const std::vector<SqlSource> sources{
      {.type = "page", .query = "SELECT id, planned_slowly() AS title, text AS body" + from}};
  std::stop_source stop;
  std::jthread stopping([&] {
    testing::eventually("it is planned", [&] {
      return Database(database.conninfo())
                 .number(
                     "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%planned_slowly%' AND "
                     "wait_event = 'PgSleep'") > 0;
    });
    stop.request_stop();
  });
  CHECK(check_sources(database.get(), sources, stop.get_token()).empty());
}

TEST_CASE_METHOD(Wiki, "a source query that is right has no problems, and no row of it is read") {
  CHECK(check("SELECT id, name AS title, text AS body, extra AS metadata, '[]' AS links, 'x' AS visibility" +
              from + ";")
            .empty());
  database.run("INSERT INTO pages (id) VALUES (gen_random_uuid())");
  CHECK(check("SELECT id, (1 / 0)::text AS title, text AS body FROM pages WHERE $1 IS NOT NULL AND $2 IS NOT "
              "NULL")
            .size() <= 1);
  CHECK(check("SELECT id, number::text AS title, text AS body FROM pages -- all of them").empty());
}

TEST_CASE_METHOD(Wiki, "a source query that is wrong is said, with what was meant") {
  struct Case {
    std::string query, says;
    bool stops = true;
  };
  const Case wrong = GENERATE(values<Case>({
      {"SELECT id, name AS title, text AS body, 'x' AS visiblity" + from,
       "\"visiblity\"; is \"visibility\" meant?", false},
      {"SELECT id, name AS title, text AS body, extra AS metdata" + from, "is \"metadata\" meant?", false},
      {"SELECT id, name AS title, text AS body, number" + from, "read are id, title", false},
      {"SELECT id, name AS titel, text AS body" + from, "name \"titel\" so: AS title"},
      {"SELECT id, name AS title" + from, "no column \"body\""},
      {"SELECT name AS title, text AS body" + from, "no column \"id\""},
      {"SELECT number AS id, name AS title, text AS body" + from, "cannot cast type integer to uuid"},
      {"SELECT id, name AS title, text AS body, number AS metadata" + from, "\"metadata\" must be JSON"},
      {"SELECT id, name AS title, text AS body, number AS links" + from, "\"links\" must be JSON"},
      {"SELECT id, name AS title, text AS body FROM page WHERE id = ANY ($2)", "\"page\" does not exist"},
      {"SELECT id, nmae AS title, text AS body" + from, "\"nmae\" does not exist"},
      {"SELEC", "syntax error"},
      {"SELECT id, name AS title, name AS title, text AS body" + from, "ambiguous"},
      {"SELECT id, name AS title, text AS body FROM pages WHERE id = $2", "operator does not exist"},
  }));
  const std::vector<SourceProblem> problems = check(wrong.query);
  CAPTURE(wrong.query);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].source_type == "page");
  CHECK(problems[0].stops == wrong.stops);
  CHECK_THAT(problems[0].message, ContainsSubstring(wrong.says));
}

TEST_CASE_METHOD(
    Wiki,
    "a right that is missing, or a table that is locked, is said, and other sources are still checked") {
  const std::vector<SqlSource> sources{
      {.type = "secret", .query = "SELECT id, '' AS title, '' AS body FROM pages"},
      {.type = "wrong", .query = "SELEC"}};
  SECTION("right") {
    database.run("REVOKE ALL ON pages FROM PUBLIC; CREATE ROLE source_check_reader");
    const std::string schema = database.text("SELECT current_schema()");
    database.run("GRANT USAGE ON SCHEMA " + schema + " TO source_check_reader; SET ROLE source_check_reader");
    const auto problems = check_sources(database.get(), sources);
    REQUIRE(problems.size() == 2);
    CHECK(problems[0].sqlstate == "42501");
  }
  SECTION("lock") {
    const Connection other = database.connect();
    pg::execute_script(other.get(), "BEGIN; LOCK TABLE pages");
    const auto problems = check_sources(database.get(), sources);
    REQUIRE(problems.size() == 2);
    CHECK(problems[0].sqlstate == "55P03");
    CHECK_THAT(problems[1].message, ContainsSubstring("syntax error"));
  }
}
