#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "helpdesk.hpp"
#include "program.hpp"
#include "support/cluster_directory.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;

namespace {

std::string line(const std::string& type, const std::string& id) {
  return Helpdesk::org + ' ' + type + ' ' + id + '\n';
}

std::string all_articles() {
  return line("kb", Helpdesk::paper_jam) + line("kb", Helpdesk::wifi) + line("kb", Helpdesk::backup);
}

}  // namespace

TEST_CASE("from nothing to an answer") {
  Helpdesk desk;
  const auto init = desk.json({"init"});
  CHECK(init.at("schema_version").get<int>() >= 1);
  CHECK(init.at("dimension") == 512);
  CHECK(init.at("vector_index") == "unneeded");
  CHECK(desk.json({"init"}) == init);

  CHECK(desk.json({"enqueue", Helpdesk::org, "kb", Helpdesk::paper_jam}).at("id").get<std::string>().size() ==
        36);
  CHECK(desk.json({"enqueue", "--stdin"}, line("kb", Helpdesk::wifi) + line("kb", Helpdesk::backup)) ==
        nlohmann::json{{"enqueued", 2}});
  const auto waiting = desk.json({"status"});
  CHECK(waiting.at("pending") == 3);
  CHECK(waiting.at("oldest_pending_seconds").get<double>() >= 0);
  CHECK(waiting.at("workers").empty());

  const auto drained = desk.json({"run", "--drain"});
  CHECK(drained.at("done") == 3);
  CHECK(drained.at("failed") == 0);
  const auto ended = desk.json({"status"});
  CHECK(ended.at("pending") == 0);
  CHECK(ended.at("running") == 0);
  CHECK(ended.at("done") == 3);
  CHECK(ended.at("failed") == 0);
  CHECK(ended.at("oldest_pending_seconds").is_null());

  const auto hits = desk.json({"search", Helpdesk::org, "printer paper is stuck", "--limit", "2"});
  REQUIRE(hits.size() == 2);
  CHECK(hits[0].at("source_type") == "kb");
  CHECK(hits[0].at("source_id") == Helpdesk::paper_jam);
  CHECK(hits[0].at("title") == "Clearing a paper jam");
  CHECK_THAT(hits[0].at("passage").get<std::string>(), ContainsSubstring("paper is stuck"));
  CHECK(hits[0].at("score").get<double>() > hits[1].at("score").get<double>());
  CHECK(desk.json({"search", Helpdesk::wifi, "printer paper is stuck"}).empty());
}

TEST_CASE("init builds the vector index when it is due, and doctor tells how it stands") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  CHECK(desk.json({"enqueue", "--stdin"}, all_articles()).at("enqueued") == 3);
  CHECK(desk.json({"run", "--drain"}).at("done") == 3);
  const auto seen_by_doctor = [&] {
    const auto checks = desk.json({"doctor", "--vector-index-from", "3"}).at("checks");
    return checks.back();
  };
  CHECK(seen_by_doctor().at("message") == "due");
  CHECK(seen_by_doctor().at("state") == "note");
  CHECK_THAT(seen_by_doctor().at("advice").get<std::string>(), ContainsSubstring("rag_worker init"));
  CHECK(desk.json({"init", "--vector-index-from", "3"}).at("vector_index") == "ready");
  CHECK(seen_by_doctor().at("message") == "ready");
  CHECK(seen_by_doctor().at("state") == "ok");
  const auto hits = desk.json({"search", Helpdesk::org, "printer paper is stuck", "--limit", "1"});
  CHECK(hits.at(0).at("source_id") == Helpdesk::paper_jam);
}

TEST_CASE("the words of a question need no quotes, and may be the names of commands") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  CHECK(desk.json({"search", Helpdesk::org, "run", "status", "stop"}).empty());
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--", "[]"}, {"[]"}, {"[a,b]", "[c]"}, {"{}"}, {"--", "-lift"}, {"--", "--", "x"}, {"%%"}}) {
    std::vector<std::string> arguments{"search", Helpdesk::org, "--mode", "text"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    CHECK(desk.json(arguments).empty());
  }
  CHECK(desk.json({"search", Helpdesk::org, "[network]", "--metadata", "{}"}).empty());
}

TEST_CASE("a delete takes the source out of the index") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  CHECK(desk.json({"enqueue", "--stdin"}, all_articles()).at("enqueued") == 3);
  CHECK(desk.json({"run", "--drain"}).at("done") == 3);
  CHECK(desk.json({"enqueue", Helpdesk::org, "kb", Helpdesk::wifi, "--action", "delete"}).contains("id"));
  CHECK(desk.json({"run", "--drain"}).at("done") == 1);
  CHECK(desk.json({"search", Helpdesk::org, "network"}).size() == 2);
}

TEST_CASE("what failed is counted, told in the log, and tried again on request") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  const std::string id = desk.json({"enqueue", Helpdesk::org, "page", Helpdesk::wifi}).at("id");
  const auto drained =
      program::run(desk.start({"run", "--drain", "--max-attempts", "1", "--log-format", "json"}));
  CHECK(drained.exit_code == 4);
  CHECK(nlohmann::json::parse(drained.output).at("failed") == 1);
  CHECK_THAT(drained.errors, ContainsSubstring(id) && ContainsSubstring("page"));
  std::istringstream lines(drained.errors);
  for (std::string text; std::getline(lines, text);) {
    const auto entry = nlohmann::json::parse(text);
    CHECK(entry.contains("time"));
    CHECK(entry.contains("level"));
    CHECK(entry.contains("message"));
  }
  CHECK(desk.json({"status"}).at("failed") == 1);
  CHECK(desk.json({"retry", "--type", "ticket"}) == nlohmann::json{{"retried", 0}});
  CHECK(desk.json({"retry", "--id", id, "--org", Helpdesk::org, "--type", "page"}) ==
        nlohmann::json{{"retried", 1}});
  CHECK(desk.json({"status"}).at("pending") == 1);
}

TEST_CASE("init --rebuild-index enqueues what was indexed") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  CHECK(desk.json({"enqueue", "--stdin"}, all_articles()).at("enqueued") == 3);
  CHECK(desk.json({"run", "--drain"}).at("done") == 3);
  CHECK(desk.json({"init", "--rebuild-index"}).at("dimension") == 512);
  CHECK(desk.json({"search", Helpdesk::org, "network"}).empty());
  CHECK(desk.json({"status"}).at("pending") == 3);
  CHECK(desk.json({"run", "--drain"}).at("done") == 3);
  CHECK(desk.json({"search", Helpdesk::org, "network"}).size() == 3);
}

TEST_CASE("without a schema, each command says what creates it") {
  Helpdesk desk;
  const std::vector<std::vector<std::string>> commands{{"status"},
                                                       {"run", "--drain"},
                                                       {"search", Helpdesk::org, "words"},
                                                       {"retry"},
                                                       {"enqueue", Helpdesk::org, "kb", Helpdesk::wifi}};
  for (const auto& command : commands) {
    const auto outcome = program::run(desk.start(command));
    INFO(command.front());
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.errors, ContainsSubstring("rag_worker init"));
  }
}

TEST_CASE("without --json, the commands print text") {
  Helpdesk desk;
  const auto text = [&desk](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--database", desk.conninfo()});
    const auto outcome = program::run({.arguments = std::move(arguments)});
    INFO(outcome.errors);
    CHECK(outcome.exit_code == 0);
    return outcome.output;
  };
  CHECK_THAT(text({"init"}), ContainsSubstring("512 dimensions"));
  CHECK(text({"enqueue", Helpdesk::org, "kb", Helpdesk::paper_jam}).size() == 37);
  CHECK_THAT(text({"status"}), ContainsSubstring("pending          1"));
  CHECK(text({"run", "--drain"}).empty());
  CHECK_THAT(text({"search", Helpdesk::org, "paper stuck"}),
             ContainsSubstring("kb  Clearing a paper jam\n") && ContainsSubstring(Helpdesk::paper_jam) &&
                 ContainsSubstring("       If the printer stops"));
}

TEST_CASE("--local starts a PostgreSQL that stays until stop") {
  const ragqueue::testing::TemporaryDirectory directory;
  // Started by root, the server runs as another user, who must be able to enter.
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  const std::string server = directory.path() / "pg";
  const ragqueue::testing::StopAtEnd at_end(server);
  const auto command = [&server](const std::string& name) {
    return program::run({.arguments = {"--local", server, name}});
  };
  const auto first = command("init");
  CHECK(first.exit_code == 0);
  CHECK_THAT(first.errors, ContainsSubstring("stop it with: rag_worker --local " + server + " stop"));
  const auto second = command("status");
  CHECK(second.exit_code == 0);
  CHECK(second.errors.empty());
  const auto database = program::run({.arguments = {"--local", server, "database"}});
  CHECK(program::run(
            {.arguments = {"--database", database.output.substr(0, database.output.size() - 1), "status"}})
            .exit_code == 0);
  CHECK(command("stop").exit_code == 0);
  CHECK(program::run(
            {.arguments = {"--database", database.output.substr(0, database.output.size() - 1), "status"}})
            .exit_code == 3);
}
