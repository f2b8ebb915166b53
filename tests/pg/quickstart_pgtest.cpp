// Runs the very SQL that the quickstart shows, for it is what people copy.

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sstream>

#include "ragqueue/source_fetcher.hpp"
#include "ragqueue/worker.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using testing::Database;
using testing::uuid;
using testing::WordEmbedder;

namespace {

struct Quickstart {
  Quickstart() {
    std::ostringstream script;
    script << std::ifstream(QUICKSTART_SCHEMA).rdbuf();
    REQUIRE_FALSE(script.str().empty());
    for (int repeated = 0; repeated < 2; ++repeated) database.run(script.str());
  }

  void add(unsigned organization, unsigned id, const std::string& title) const {
    database.run(fmt::format("INSERT INTO kb_articles VALUES ('{}', '{}', '{}', 'text', 'public', '')",
                             uuid(id).to_string(), uuid(organization).to_string(), title));
  }
  /// What was asked for since the last call, in order.
  [[nodiscard]] std::string asked() const {
    const std::string requests = database.text(
        "SELECT coalesce(string_agg(format('%s %s %s:%s', action, source_type, right(organization_id::text, "
        "1), "
        "right(source_id::text, 1)), ', ' ORDER BY seq), '') FROM rag_index_queue");
    database.run("DELETE FROM rag_index_queue");
    return requests;
  }
  void index() const {
    Worker worker({.sources = make_sql_source_fetcher(builtin_sources()),
                   .chunker = make_text_chunker({.max_tokens = 60}),
                   .embedder = std::make_shared<WordEmbedder>(),
                   .store = make_postgres_index_store()},
                  {.conninfo = database.conninfo(), .drain = true});
    worker.start();
    worker.wait();
    CHECK(worker.counters().failed == 0);
  }
  [[nodiscard]] std::string indexed() const {
    return database.text(
        "SELECT coalesce(string_agg(format('%s:%s %s', right(organization_id::text, 1), "
        "right(source_id::text, 1), title), ', ' ORDER BY "
        "organization_id, source_id), '') FROM rag_documents");
  }

  Database database{WordEmbedder{}};
};

}  // namespace

TEST_CASE_METHOD(
    Quickstart,
    "the quickstart's trigger asks for what was inserted, updated and deleted, row by row or many at once") {
  add(1, 1, "one");
  CHECK(asked() == "upsert kb 1:1");
  database.run("UPDATE kb_articles SET title = 'first'");
  CHECK(asked() == "upsert kb 1:1");
  add(1, 2, "two");
  static_cast<void>(asked());
  database.run("UPDATE kb_articles SET visibility = 'internal' WHERE title = 'nobody'");
  CHECK(asked().empty());
  database.run(fmt::format(
      "INSERT INTO kb_articles SELECT id, organization_id, 'again', content, visibility, '' FROM kb_articles "
      "WHERE title = 'two' "
      "UNION ALL SELECT '{}', organization_id, 'three', '', '', '' FROM kb_articles WHERE title = 'two' "
      "ON CONFLICT (id) DO UPDATE SET title = excluded.title",
      uuid(3).to_string()));
  const std::string both = asked();
  CHECK((both == "upsert kb 1:2, upsert kb 1:3" || both == "upsert kb 1:3, upsert kb 1:2"));
  database.run("DELETE FROM kb_articles WHERE title = 'three'");
  CHECK(asked() == "delete kb 1:3");
}

TEST_CASE_METHOD(Quickstart, "a row that moves to another organization leaves nothing behind") {
  add(1, 1, "one");
  add(1, 2, "two");
  index();
  REQUIRE(indexed() == "1:1 one, 1:2 two");
  database.run(
      fmt::format("UPDATE kb_articles SET organization_id = '{}' WHERE title = 'one'", uuid(2).to_string()));
  index();
  CHECK(indexed() == "1:2 two, 2:1 one");
  // Two change places, and one changes its id, in one statement.
  database.run(fmt::format(
      "UPDATE kb_articles SET organization_id = CASE title WHEN 'one' THEN '{}' ELSE '{}' END::uuid",
      uuid(1).to_string(), uuid(2).to_string()));
  index();
  CHECK(indexed() == "1:1 one, 2:2 two");
  database.run(fmt::format("UPDATE kb_articles SET id = '{}' WHERE title = 'two'", uuid(5).to_string()));
  index();
  CHECK(indexed() == "1:1 one, 2:5 two");
}

TEST_CASE_METHOD(Quickstart, "a table that is truncated leaves the index") {
  add(1, 1, "one");
  add(2, 2, "two");
  database.run(fmt::format("INSERT INTO tickets VALUES ('{}', '{}', 'printer', 'jam', 'pull', 'resolved')",
                           uuid(3).to_string(), uuid(1).to_string()));
  index();
  REQUIRE(indexed() == "1:1 one, 1:3 printer, 2:2 two");
  database.run("TRUNCATE kb_articles");
  index();
  CHECK(indexed() == "1:3 printer");
  database.run("BEGIN; TRUNCATE tickets; ROLLBACK");
  CHECK(database.number("SELECT count(*) FROM ONLY rag_index_queue") == 0);
}
