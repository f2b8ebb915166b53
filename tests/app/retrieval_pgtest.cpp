#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "helpdesk.hpp"
#include "program.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;

namespace {

/// Three articles, indexed; the paper jam's is internal, is about room 7, and leads to the backup's.
struct IndexedHelpdesk : Helpdesk {
  IndexedHelpdesk() {
    REQUIRE(json({"init"}).is_object());
    std::string lines;
    for (const std::string& id : {paper_jam, wifi, backup}) lines += org + " kb " + id + '\n';
    REQUIRE(json({"enqueue", "--stdin"}, lines).at("enqueued") == 3);
    const std::filesystem::path config = write_config();
    REQUIRE(json({"--config", config, "run", "--drain"}).at("done") == 3);
    std::filesystem::remove(config);
  }

  static std::filesystem::path write_config() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ragqueue-XXXXXX").string();
    close(mkstemp(pattern.data()));
    std::ofstream(pattern) << "[source.kb]\nquery = '''\n"
                              "SELECT id, title, content AS body, CASE id WHEN '" +
                                  paper_jam +
                                  "' THEN 'internal' ELSE visibility END AS visibility,\n"
                                  "CASE id WHEN '" +
                                  paper_jam +
                                  "' THEN '{\"room\": 7, \"floor\": 1}' END AS metadata,\n"
                                  "CASE id WHEN '" +
                                  paper_jam + "' THEN '[{\"source_type\": \"kb\", \"source_id\": \"" +
                                  backup +
                                  "\", \"edge_type\": \"seealso\", \"weight\": 2}]' END AS links\n"
                                  "FROM kb_articles WHERE organization_id = $1 AND id = ANY ($2)\n'''\n";
    return pattern;
  }

  [[nodiscard]] std::string text(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--database", conninfo()});
    const auto outcome = program::run({.arguments = std::move(arguments)});
    INFO(outcome.errors);
    CHECK(outcome.exit_code == 0);
    return outcome.output;
  }
};

}  // namespace

TEST_CASE_METHOD(IndexedHelpdesk, "search takes a mode, filters, and explains each part's rank") {
  const auto fused = json({"search", org, "printer paper is stuck", "--explain"});
  REQUIRE(fused.size() == 3);
  CHECK(fused[0].at("source_id") == paper_jam);
  CHECK(fused[0].at("vector").at("rank") == 1);
  CHECK(fused[0].at("text").at("rank") == 1);
  CHECK(fused[0].at("text").at("score").get<double>() > 0);
  CHECK(fused[2].at("text").is_null());
  CHECK_FALSE(json({"search", org, "paper"})[0].contains("vector"));

  CHECK(json({"search", org, "password", "--mode", "text"}).size() == 1);
  CHECK(json({"search", org, "password", "--mode", "vector"}).size() == 3);
  CHECK(json({"search", org, "paper", "--type", "ticket"}).empty());
  CHECK(json({"search", org, "paper", "--type", "ticket", "--type", "kb"}).size() == 3);
  CHECK(json({"search", org, "paper", "--visibility", "internal"}).size() == 1);
  CHECK(json({"search", org, "paper", "--metadata", R"({"room": 7})"}).size() == 1);
  CHECK(json({"search", org, "paper", "--metadata", R"({"room": 8})"}).empty());
  CHECK_THAT(text({"search", org, "paper stuck", "--explain"}),
             ContainsSubstring("vector 1 (") && ContainsSubstring("text 1 ("));
}

TEST_CASE_METHOD(IndexedHelpdesk, "a filter by a type that no source and no document has is said") {
  const auto said = [this](std::vector<std::string> arguments, const std::string& type) {
    arguments.insert(arguments.end(), {"--type", type});
    const auto outcome = program::run(start(std::move(arguments)));
    CHECK(outcome.exit_code == 0);
    return outcome.errors;
  };
  const std::string other = "0a000000-0000-4000-8000-000000000002";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"search", org, "paper"}, {"similar", org, "kb", paper_jam}}) {
    CHECK_THAT(said(command, "kbb"), ContainsSubstring("--type kbb: no document of the organization") &&
                                         ContainsSubstring("ticket, kb, asset"));
    CHECK(said(command, "kb").empty());
    CHECK(said(command, "ticket").empty());
    sql("UPDATE rag_documents SET source_type = 'page' WHERE source_id = '" + wifi + "'");
    CHECK(said(command, "page").empty());
  }
  CHECK_THAT(said({"search", other, "paper"}, "page"), ContainsSubstring("--type page"));
}

TEST_CASE_METHOD(IndexedHelpdesk, "similar needs no model, and says when the source is not indexed") {
  const auto near = json({"--model-file", "/nonexistent", "similar", org, "kb", paper_jam});
  CHECK(near.size() == 2);
  CHECK(json({"similar", org, "kb", paper_jam, "--visibility", "internal"}).empty());
  const auto unknown = program::run(start({"similar", org, "kb", org}));
  CHECK(unknown.exit_code != 0);
  CHECK_THAT(unknown.errors, ContainsSubstring("source_id") && ContainsSubstring(org));
}

TEST_CASE_METHOD(IndexedHelpdesk, "related shows the links in both directions") {
  const auto forward = json({"related", org, "kb", paper_jam});
  REQUIRE(forward.size() == 1);
  CHECK(forward[0] == nlohmann::json{{"depth", 1},
                                     {"source_type", "kb"},
                                     {"source_id", backup},
                                     {"key", backup},
                                     {"title", "Keeping a copy of your files"},
                                     {"indexed", true},
                                     {"edge_type", "seealso"},
                                     {"weight", 2.0},
                                     {"direction", "to"},
                                     {"via", {{"source_type", "kb"}, {"source_id", paper_jam}}}});
  CHECK(json({"related", org, "kb", backup, "--depth", "3"})[0].at("direction") == "from");
  CHECK(text({"related", org, "kb", wifi}) == "nothing found\n");
  CHECK_THAT(text({"related", org, "kb", paper_jam}), ContainsSubstring("seealso (2)"));
}

TEST_CASE_METHOD(IndexedHelpdesk, "grants prints SQL that lets a role without rights work") {
  sql("DO $$ BEGIN CREATE ROLE least LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  const std::string as_least = conninfo() + " user=least";
  const auto run_as_least = [&] {
    return program::run({.arguments = {"--database", as_least, "run", "--drain"}}).exit_code;
  };
  CHECK(run_as_least() == 1);
  sql(text({"grants", "least"}));
  CHECK(run_as_least() == 0);
  CHECK_THAT(text({"grants", "least", "--duty", "read"}), ContainsSubstring("GRANT SELECT"));
}
