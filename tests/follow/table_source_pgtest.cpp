#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "follow/watched_desk.hpp"
#include "ragqueue/database_check.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/source_check.hpp"
#include "ragqueue/source_key.hpp"

using namespace ragqueue;
using testing::WatchedDesk;

namespace {

struct ReadDesk : WatchedDesk {
  [[nodiscard]] std::vector<Document> read(const Uuid& organization, const std::vector<Uuid>& ids) const {
    return make_sql_source_fetcher({sql_source(source)})
        ->fetch(database.get(), organization, source.type, ids);
  }
  [[nodiscard]] std::vector<SourceProblem> problems() const {
    const std::vector<SqlSource> sources{sql_source(source)};
    return check_sources(database.get(), sources);
  }
};

std::string field_of_refusal(const TableSource& source) {
  try {
    validate(source);
    return "";
  } catch (const InvalidInput& refusal) {
    return refusal.field();
  }
}

}  // namespace

TEST_CASE_METHOD(ReadDesk, "a table with integers as keys is read by the index over its key") {
  database.run(
      "INSERT INTO tickets SELECT i, i % 3, 'subject ' || i, 'text ' || i, NULL FROM generate_series(1, "
      "20000) AS i; ANALYZE tickets");
  source.links = {{.type = "ticket", .column = "views", .edge_type = "seen", .weight = 2}};
  CHECK(problems().empty());
  CHECK(large_scans(database.get(), sql_source(source)).empty());
  const auto documents = read(uuid_of_key(std::int64_t{1}),
                              {uuid_of_key(std::int64_t{7}), uuid_of_key(std::int64_t{8}), testing::uuid(9)});
  REQUIRE(documents.size() == 1);
  CHECK(documents[0].source.source_id == uuid_of_key(std::int64_t{7}));
  CHECK(documents[0].title == "subject 7");
  CHECK(documents[0].body == "text 7");
  CHECK(documents[0].metadata == R"({"status": "resolved", "source_key": 7})");
  REQUIRE(documents[0].links.size() == 1);
  CHECK(documents[0].links[0].source_id == uuid_of_key(std::int64_t{0}));
  CHECK(documents[0].links[0].edge_type == "seen");
}

TEST_CASE_METHOD(ReadDesk, "the condition keeps rows out, with a comment and whatever else it says") {
  database.run(
      "INSERT INTO tickets (id, org, subject, status) VALUES (1, 1, 'a', 'resolved'), (2, 1, 'b', 'open')");
  source.where = "status = 'resolved' OR subject = 'c' -- nothing else";
  CHECK(read(uuid_of_key(std::int64_t{1}), {uuid_of_key(std::int64_t{1}), uuid_of_key(std::int64_t{2})})
            .size() == 1);
}

TEST_CASE_METHOD(ReadDesk, "texts and UUIDs are keys too, of rows and of organizations") {
  database.run(R"sql(
    CREATE SCHEMA IF NOT EXISTS "odd.name";
    CREATE TABLE "odd.name"."Pages" ("Key" text PRIMARY KEY, org varchar(10), "the text" text);
    INSERT INTO "odd.name"."Pages" VALUES ('INC-1', 'acme', 'hello');
    CREATE TABLE things (id uuid PRIMARY KEY, name text);
    INSERT INTO things VALUES ('00000000-0000-4000-8000-000000000005', 'five'))sql");
  source = {.type = "page",
            .table = R"("odd.name".Pages)",
            .key = "Key",
            .organization = "org",
            .body = {"the text"}};
  CHECK(problems().empty());
  const Uuid page = uuid_of_key("INC-1"), acme = uuid_of_key("acme");
  CHECK(read(acme, {page}).empty());  // nobody has told of that key yet
  database.run("SELECT rag_note_keys('page', '{INC-1,INC-1}'), rag_note_keys('page', '{INC-1}')");
  CHECK(database.number("SELECT count(*) FROM rag_source_keys") == 1);
  REQUIRE(read(acme, {page}).size() == 1);
  CHECK(read(acme, {page})[0].metadata == R"({"source_key": "INC-1"})");
  CHECK(read(uuid_of_key("other"), {page}).empty());

  source = {.type = "thing", .table = "things", .key = "id", .organization_constant = "7", .title = "name"};
  const Uuid five = Uuid::parse("00000000-0000-4000-8000-000000000005");
  REQUIRE(read(uuid_of_key(std::int64_t{7}), {five}).size() == 1);
  CHECK(read(uuid_of_key(std::int64_t{7}), {five})[0].metadata == "{}");
  CHECK(read(uuid_of_key(std::int64_t{8}), {five}).empty());
  database.run(R"(DROP SCHEMA "odd.name" CASCADE)");
}

TEST_CASE("a table source that cannot be meant is refused by the member that is wrong") {
  const TableSource good{.type = "t", .table = "a.b", .key = "id", .organization = "o", .title = "t"};
  CHECK(field_of_refusal(good).empty());
  const auto with = [&](auto change) {
    TableSource source = good;
    change(source);
    return field_of_refusal(source);
  };
  CHECK(with([](TableSource& s) { s.table = ""; }) == "table of source t");
  CHECK(with([](TableSource& s) { s.table = "a.b.c"; }) == "table of source t");
  CHECK(with([](TableSource& s) { s.table = "a."; }) == "table of source t");
  CHECK(with([](TableSource& s) { s.table = "\"a\"b"; }) == "table of source t");
  CHECK(with([](TableSource& s) { s.key = ""; }) == "key of source t");
  CHECK(with([](TableSource& s) { s.organization = ""; }) == "organization of source t");
  CHECK(with([](TableSource& s) { s.organization_constant = "1"; }) == "organization of source t");
  CHECK(with([](TableSource& s) { s.title = ""; }) == "body of source t");
  CHECK(with([](TableSource& s) { s.metadata.resize(41, "m"); }) == "metadata of source t");
  CHECK(with([](TableSource& s) { s.links = {{.type = "", .column = "c"}}; }) == "links of source t");
  CHECK(with([](TableSource& s) { s.depends = {{.table = "c", .key = ""}}; }) == "depends.key of source t");
}
