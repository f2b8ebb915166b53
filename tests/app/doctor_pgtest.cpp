#include <libpq-fe.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ragqueue/connection.hpp>
#include <ragqueue/testing/fake_embedding_server.hpp>

#include "helpdesk.hpp"
#include "program.hpp"
#include "support/temporary_directory.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;
using ragqueue::testing::FakeEmbeddingServer;

namespace {

struct Checkup {
  int exit_code = -1;
  nlohmann::json document;

  [[nodiscard]] const nlohmann::json& of(const std::string& check) const {
    for (const auto& each : document.at("checks")) {
      if (each.at("check") == check) return each;
    }
    FAIL("no check " << check);
    throw std::logic_error("never");
  }
  [[nodiscard]] std::string state(const std::string& check) const { return of(check).at("state"); }
  [[nodiscard]] std::string message(const std::string& check) const { return of(check).at("message"); }
  [[nodiscard]] std::string advice(const std::string& check) const { return of(check).at("advice"); }
};

Checkup checkup(const program::Start& start) {
  const auto outcome = program::run(start);
  INFO(outcome.errors);
  Checkup result{.exit_code = outcome.exit_code, .document = nlohmann::json::parse(outcome.output)};
  CHECK(result.document.at("sound") == (result.exit_code == 0));
  if (result.exit_code != 0) CHECK_THAT(outcome.errors, ContainsSubstring("found a fault"));
  return result;
}

std::vector<std::string> with_server(const FakeEmbeddingServer& server, std::vector<std::string> more,
                                     const std::string& embedder = "ollama") {
  std::vector<std::string> arguments{"--embedder",       embedder,     "--embedder-url",       server.url(),
                                     "--embedder-model", "fake-embed", "--embedder-dimension", "64"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("doctor finds nothing wrong where nothing is", "[promise-15]") {
  Helpdesk desk;
  desk.sql(
      "CREATE TABLE tickets (id uuid, organization_id uuid, subject text, description text, "
      "resolution text, status text)");
  const FakeEmbeddingServer server;
  CHECK(desk.json(with_server(server, {"init"})).at("dimension") == 64);
  const Checkup found = checkup(desk.start(with_server(server, {"doctor"})));
  CHECK(found.exit_code == 0);
  for (const char* check : {"configuration", "database", "extension", "schema", "source ticket", "source kb",
                            "embedder", "index"}) {
    INFO(check << ": " << found.message(check));
    CHECK(found.state(check) == "ok");
  }
  CHECK_THAT(found.message("embedder"),
             ContainsSubstring("fake-embed, 64 dimensions, norm 1.000") && ContainsSubstring("32 in"));
}

TEST_CASE("doctor notes a built-in source without its table, and faults a configured one", "[promise-15]") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  const Checkup found = checkup(desk.start({"doctor"}));
  CHECK(found.exit_code == 0);
  CHECK(found.state("source kb") == "ok");
  CHECK(found.state("source asset") == "note");
  CHECK_THAT(found.message("source asset"), ContainsSubstring("\"assets\" does not exist"));

  const ragqueue::testing::TemporaryDirectory directory;
  const std::string file = directory.path() / "config.toml";
  std::ofstream(file) << "[source.asset]\nquery = \"SELECT id, nme AS title, '' AS body FROM kb_articles "
                         "WHERE organization_id = $1 AND id = ANY ($2)\"\n";
  const Checkup faulty = checkup(desk.start({"--config", file, "doctor"}));
  CHECK(faulty.exit_code == 1);
  CHECK(faulty.state("source asset") == "fault");
  CHECK_THAT(faulty.message("source asset"), ContainsSubstring("nme"));
  CHECK_THAT(faulty.advice("source asset"), ContainsSubstring("[source.NAME]"));

  std::ofstream(file)
      << "[source.page]\nquery = \"SELECT id, title, content AS body, visibility AS visiblity FROM "
         "kb_articles WHERE organization_id = $1 AND id = ANY ($2)\"\n";
  const auto checked = desk.start({"--config", file, "doctor"});
  CHECK_THAT(program::Program(checked).wait().output,
             ContainsSubstring("visiblity") && ContainsSubstring("is \\\"visibility\\\" meant?"));
  auto drained = desk.start({"--config", file, "run", "--drain"});
  CHECK_THAT(program::Program(drained).wait().errors,
             ContainsSubstring("the query of source 'page'") && ContainsSubstring("visiblity"));
}

TEST_CASE("doctor says what a database lacks", "[promise-15]") {
  Helpdesk desk;
  const FakeEmbeddingServer server;
  const Checkup bare = checkup(desk.start(with_server(server, {"doctor"})));
  CHECK(bare.exit_code == 1);
  CHECK(bare.state("database") == "ok");
  CHECK(bare.state("schema") == "fault");
  CHECK_THAT(bare.message("schema"), ContainsSubstring("rag_worker init"));
  CHECK(bare.state("embedder") == "ok");
  CHECK(bare.state("index") == "fault");

  const Checkup nowhere =
      checkup({.arguments = with_server(server, {"--json", "--database", "host=/nonexistent", "doctor"})});
  CHECK(nowhere.exit_code == 1);
  CHECK(nowhere.state("database") == "fault");
  CHECK_THAT(nowhere.advice("database"), ContainsSubstring("--database"));
  CHECK(nowhere.state("schema") == "skipped");
  CHECK(nowhere.state("source kb") == "skipped");
  CHECK(nowhere.state("embedder") == "ok");
}

TEST_CASE("doctor tells a database without pgvector, and its advice leads out of that", "[promise-15]") {
  Helpdesk desk;
  const FakeEmbeddingServer server;
  desk.sql("CREATE DATABASE bare");
  desk.sql("CREATE ROLE visitor LOGIN");
  const std::string owner = desk.conninfo() + " dbname=bare";
  const auto start = [&](const std::string& conninfo, const std::string& command) {
    return program::Start{.arguments = with_server(server, {"--database", conninfo, "--json", command})};
  };
  const std::string visitor = owner + " user=visitor";
  const Checkup bare = checkup(start(visitor, "doctor"));
  CHECK(bare.exit_code == 1);
  CHECK(bare.state("database") == "ok");
  CHECK(bare.state("extension") == "fault");
  CHECK_THAT(bare.message("extension"),
             ContainsSubstring("no pgvector yet") && ContainsSubstring("rag_worker init"));
  CHECK(bare.state("schema") == "fault");

  const auto refused = program::run(start(visitor, "init"));
  CHECK(refused.exit_code != 0);
  CHECK_THAT(refused.errors, ContainsSubstring("permission denied to create extension") &&
                                 ContainsSubstring("have a superuser run CREATE EXTENSION vector"));
  CHECK(checkup(start(visitor, "doctor")).state("extension") == "fault");

  ragqueue::Connection superuser(owner);
  const auto sql = [&](const char* statement) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(superuser.get(), statement), PQclear);
    REQUIRE(PQresultStatus(result.get()) == PGRES_COMMAND_OK);
  };
  sql("CREATE SCHEMA elsewhere");
  sql("CREATE EXTENSION vector SCHEMA elsewhere");
  const Checkup hidden = checkup(start(owner, "doctor"));
  CHECK(hidden.state("extension") == "fault");
  CHECK_THAT(hidden.message("extension"), ContainsSubstring("outside the connection's search_path"));

  sql("ALTER EXTENSION vector SET SCHEMA public");
  CHECK(checkup(start(visitor, "doctor")).state("extension") == "ok");
  CHECK(program::run(start(owner, "init")).exit_code == 0);
  const Checkup sound = checkup(start(owner, "doctor"));
  CHECK(sound.exit_code == 0);
  CHECK(sound.state("schema") == "ok");
}

TEST_CASE("doctor says what is wrong with an embedder", "[promise-15]") {
  Helpdesk desk;
  FakeEmbeddingServer server;
  CHECK(desk.json(with_server(server, {"init"})).is_object());
  const auto examine = [&](const std::vector<std::string>& more = {}) {
    auto arguments = with_server(server, more);
    arguments.emplace_back("doctor");
    return checkup(desk.start(arguments));
  };
  const auto check_fault = [](const Checkup& found, const std::string& words) {
    CHECK(found.exit_code == 1);
    CHECK(found.state("embedder") == "fault");
    CHECK_THAT(found.message("embedder"), ContainsSubstring(words));
    CHECK_THAT(found.advice("embedder"), ContainsSubstring("ollama pull fake-embed"));
  };
  using Kind = ragqueue::testing::ServerFault::Kind;
  const auto always = [&](const ragqueue::testing::ServerFault& fault) {
    server.set_faults([fault](const auto&) { return fault; });
  };
  always({.kind = Kind::refused, .status = 404});
  check_fault(examine(), "no model fake-embed");
  always({.kind = Kind::zeros});
  check_fault(examine(), "all zeros");
  always({.kind = Kind::wrong_dimension});
  check_fault(examine(), "63 dimensions");
  server.go_down();
  check_fault(examine(), server.url());
  server.come_back();
  server.set_faults({});
  CHECK(examine().exit_code == 0);
}

TEST_CASE("doctor tells an index that was built with another embedder", "[promise-15]") {
  Helpdesk desk;
  const FakeEmbeddingServer server;
  CHECK(desk.json({"init"}).is_object());
  const Checkup found = checkup(desk.start(with_server(server, {"doctor"})));
  CHECK(found.exit_code == 1);
  CHECK(found.state("embedder") == "ok");
  CHECK(found.state("index") == "fault");
  CHECK_THAT(found.message("index"), ContainsSubstring("--rebuild-index"));
}

TEST_CASE("doctor prints a line each without --json", "[promise-15]") {
  const Helpdesk desk;
  const auto outcome = program::run({.arguments = {"--database", desk.conninfo(), "doctor"}});
  CHECK(outcome.exit_code == 1);
  CHECK_THAT(outcome.output, ContainsSubstring("ok       database: connected in") &&
                                 ContainsSubstring("fault    schema: the database has no ragqueue schema"));
}
