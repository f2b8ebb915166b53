// What uninstall leaves, as pg_dump sees it: what stood before init.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <sstream>

#include "helpdesk.hpp"
#include "program.hpp"
#include "support/deployment.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;

namespace {

struct Dumped : Helpdesk {
  /// Roles belong to the whole server.
  [[nodiscard]] std::string role(const std::string& name) {
    const std::string schema = text("SELECT current_schema()");
    const std::string full = name + '_' + schema.substr(schema.size() - 12);
    sql("CREATE ROLE " + full + " LOGIN");
    return full;
  }

  void grant(const std::string& role, const std::string& duty) {
    sql(json({"grants", role, "--duty", duty}).at("sql").get<std::string>());
  }

  /// The lines of a dump without rows, in alphabetical order: what a table's rights are listed in does not
  /// matter. Newer releases put a password of the day into it, behind a backslash.
  [[nodiscard]] std::vector<std::string> dump() {
    const auto outcome =
        program::run({.arguments = {"--schema-only", "--schema", text("SELECT current_schema()"), conninfo()},
                      .program = text("SELECT setting FROM pg_config WHERE name = 'BINDIR'") + "/pg_dump"});
    INFO(outcome.errors);
    REQUIRE(outcome.exit_code == 0);
    std::vector<std::string> lines;
    std::istringstream stream(outcome.output);
    for (std::string line; std::getline(stream, line);) {
      if (!line.empty() && !line.starts_with('\\') && !line.starts_with("--")) lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
  }

  /// Init, rights of all kinds for roles of all kinds, a drain, and uninstall.
  void come_and_go(const std::string& with_rights) {
    REQUIRE(json({"init"}).is_object());
    for (const std::string duty : {"work", "enqueue", "read", "monitor", "backup"}) {
      grant(role(duty), duty);
      grant(with_rights, duty);
    }
    REQUIRE(json({"run", "--drain"}).is_object());
    REQUIRE(json({"uninstall", "--yes"}).at("done") == true);
  }
};

/// The lines that only one of them has.
std::string difference(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  std::vector<std::string> gone, come;
  std::ranges::set_difference(before, after, std::back_inserter(gone));
  std::ranges::set_difference(after, before, std::back_inserter(come));
  return fmt::format("{}{}", fmt::join(gone, "\n"), fmt::join(come, "\n"));
}

}  // namespace

TEST_CASE_METHOD(Dumped, "after uninstall pg_dump finds nothing of init and grants, where init created all",
                 "[promise-14]") {
  const std::string bystander = role("bystander");
  sql("GRANT SELECT ON kb_articles TO " + bystander);
  const auto before = dump();
  come_and_go(bystander);
  CHECK(difference(before, dump()) == "");
}

TEST_CASE_METHOD(Dumped, "init and uninstall say what stays, and nothing is cut to fit", "[promise-14]") {
  sql("DROP TABLE kb_articles");
  sql(ragqueue::testing::deployment_tables(64));
  const std::string findings = json({"init", "--dry-run"}).at("findings").dump();
  CHECK_THAT(findings, ContainsSubstring("an uninstall gives these tables their definition back"));
  REQUIRE(json({"init"}).at("findings").dump() == findings);
  const std::string dumper = role("dumper");
  grant(dumper, "backup");
  sql("INSERT INTO rag_documents (id, organization_id, source_type, source_id, title) VALUES "
      "(gen_random_uuid(), "
      "gen_random_uuid(), 'kb', gen_random_uuid(), repeat('long', 300))");
  const auto told = json({"uninstall", "--dry-run"});
  const auto done = json({"uninstall", "--yes"});
  CHECK(done.at("left") == told.at("left"));
  for (const std::string& what :
       {std::string("the extension vector"), "ALTER ROLE " + dumper + " NOBYPASSRLS",
        std::string("rag_documents.title as text"),
        std::string("rag_chunks.embedding as vector(512), which was vector(64)"),
        std::string("the rows of rag_chunks, rag_documents")})
    CHECK_THAT(done.at("left").dump(), ContainsSubstring(what));
  CHECK(text("SELECT length(title) FROM rag_documents") == "1200");
  CHECK(
      text("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'rag_nodes'::regclass "
           "AND attname = 'label'") == "character varying(500)");
}

TEST_CASE_METHOD(Dumped, "after uninstall pg_dump finds an adopted deployment as it was before init",
                 "[promise-14]") {
  const std::string application = role("application"), clerk = role("clerk");
  sql("DROP TABLE kb_articles");
  sql(ragqueue::testing::deployment_tables(512) + ragqueue::testing::deployment_rows(512));
  sql("GRANT SELECT, INSERT ON rag_index_queue TO " + application +
      " WITH GRANT OPTION; GRANT SELECT (id, title) ON rag_documents TO " + clerk +
      "; GRANT SELECT ON rag_documents, rag_chunks TO " + application +
      "; ALTER TABLE rag_chunks SET (autovacuum_vacuum_scale_factor = 0.1, fillfactor = 90); DROP INDEX "
      "ix_rag_chunks_embedding"
      "; ALTER TABLE rag_documents ADD COLUMN language varchar(8) DEFAULT 'en', DROP COLUMN updated_at"
      "; ALTER TABLE rag_index_queue ALTER priority SET DEFAULT 7"
      "; CREATE VIEW titles AS SELECT id, visibility FROM rag_documents");
  const auto before = dump();
  come_and_go(application);
  CHECK(difference(before, dump()) == "");
}
