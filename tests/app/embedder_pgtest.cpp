// The embedder over HTTP, as options, environment and file describe it.

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ragqueue/testing/fake_embedding_server.hpp>

#include "helpdesk.hpp"
#include "program.hpp"
#include "support/temporary_directory.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;
using ragqueue::testing::EmbeddingDialect;
using ragqueue::testing::FakeEmbeddingServer;
using Json = nlohmann::json;

namespace {

class File {
 public:
  explicit File(const std::string& text) {
    std::ofstream(path()) << text;
    std::filesystem::permissions(path(), std::filesystem::perms(0600));
  }

  [[nodiscard]] std::string path() const { return directory_.path() / "file"; }

 private:
  ragqueue::testing::TemporaryDirectory directory_;
};

/// What `doctor` says of the embedder; it needs no database for that.
Json examine(const FakeEmbeddingServer& server, const std::vector<std::string>& options,
             std::map<std::string, std::string> environment = {}) {
  std::vector<std::string> arguments{"--json",     "--database",       "host=/nonexistent",
                                     "--embedder", "openai",           "--embedder-url",
                                     server.url(), "--embedder-model", "fake-embed"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.emplace_back("doctor");
  const auto outcome = program::run({.arguments = arguments, .environment = std::move(environment)});
  INFO(outcome.errors);
  REQUIRE_FALSE(outcome.output.empty());
  const Json document = Json::parse(outcome.output);
  for (const auto& check : document.at("checks")) {
    if (check.at("check") == "embedder") return check;
  }
  FAIL("no check of the embedder");
  return {};
}

}  // namespace

TEST_CASE("an embedder's key is read from a file, or from the environment, and is told nowhere") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai, .api_key = "sk-right"});
  const File right("sk-right\nmore\n");
  const File wrong("sk-wrong\n");
  CHECK(examine(server, {"--embedder-key-file", right.path()}).at("state") == "ok");
  CHECK(examine(server, {}, {{"RAGQUEUE_EMBEDDER_KEY", "sk-right"}}).at("state") == "ok");
  const Json refused =
      examine(server, {"--embedder-key-file", wrong.path()}, {{"RAGQUEUE_EMBEDDER_KEY", "sk-right"}});
  CHECK(refused.at("state") == "fault");
  CHECK_THAT(refused.at("message"), ContainsSubstring("the key is refused"));
  CHECK_THAT(refused.at("advice"), ContainsSubstring("the key"));
  CHECK_THAT(refused.dump(), !ContainsSubstring("sk-wrong"));
  const Json missing = examine(server, {"--embedder-key-file", "/nonexistent"});
  CHECK_THAT(missing.at("message"), ContainsSubstring("/nonexistent cannot be read"));
}

TEST_CASE("a key file that others can read is refused, with the cure") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai, .api_key = "sk-right"});
  const File file("sk-right\n");
  const bool root = geteuid() == 0;
  for (const auto& [mode, taken] : std::map<unsigned, bool>{{0400, true},
                                                            {0600, true},
                                                            {0640, root},
                                                            {0660, false},
                                                            {0604, false},
                                                            {0644, false},
                                                            {0602, false}}) {
    CAPTURE(mode);
    std::filesystem::permissions(file.path(), std::filesystem::perms(mode));
    const Json found = examine(server, {"--embedder-key-file", file.path()});
    CHECK(found.at("state") == (taken ? "ok" : "fault"));
    if (!taken) CHECK_THAT(found.at("message"), ContainsSubstring("chmod 600 " + file.path()));
  }
}

TEST_CASE("headers for the embedder come from the command line, the environment or the file") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  const auto check_headers = [&](const Json& found) {
    CHECK(found.at("state") == "ok");
    CHECK(server.requests().back().header("x-team") == "desk");
    CHECK(server.requests().back().header("x-route") == "a: b");
  };
  check_headers(examine(server, {"--embedder-header", "X-Team: desk", "--embedder-header", "X-Route: a: b"}));
  check_headers(examine(server, {}, {{"RAGQUEUE_EMBEDDER_HEADER", "X-Team: desk\nX-Route:a: b"}}));
  const File file("embedder_header = \"\"\"\nX-Team: desk\nX-Route: a: b\n\"\"\"\n");
  check_headers(examine(server, {"--config", file.path()}));
  CHECK_THAT(examine(server, {"--embedder-header", "X-Team"}).at("message"),
             ContainsSubstring("NAME: VALUE"));
}

TEST_CASE("the embedder's limits can be said in the file") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai, .dimension = 96});
  const File file(R"(
    embedder_max_tokens = 256
    embedder_request_texts = 5
    embedder_request_tokens = 1000
    embedder_request_bytes = 100000
    embedder_min_parallel = 1
    embedder_parallel = 1
    embedder_connect_deadline = 2
    embedder_deadline = 20
    embedder_retry_after_limit = 3
    embedder_keep_alive = "10m"
    embedder_dimension = 0
    embedder_cut = false
  )");
  const Json found = examine(server, {"--config", file.path()});
  CHECK(found.at("state") == "ok");
  CHECK_THAT(found.at("message"), ContainsSubstring("96 dimensions"));
  std::size_t most = 0;
  for (const auto& request : server.requests())
    most = std::max(most, Json::parse(request.body).at("input").size());
  CHECK(most == 5);
  CHECK(server.statistics().most_calls == 1);
}

TEST_CASE("status says in words that the embedder is down, since when, and what it said last") {
  Helpdesk desk;
  FakeEmbeddingServer server({.dialect = EmbeddingDialect::ollama});
  const std::vector<std::string> embedder{
      "--embedder",       "ollama",     "--embedder-url",       server.url(),
      "--embedder-model", "fake-embed", "--embedder-dimension", "64"};
  const auto with_embedder = [&](const std::string& command) {
    auto arguments = embedder;
    arguments.push_back(command);
    return arguments;
  };
  CHECK(desk.json(with_embedder("init")).is_object());
  CHECK(desk.json({"enqueue", Helpdesk::org, "kb", Helpdesk::wifi}).is_object());
  server.set_faults([](const auto&) { return ragqueue::testing::ServerFault{.status = 503}; });
  program::Program worker(desk.start(with_embedder("run")));
  worker.wait_for("the embedder is down");
  const auto down = [&] { return desk.json({"status"}).at("workers").at(0).at("embedder_down"); };
  while (down().is_null()) continue;
  CHECK(down().at("seconds") > 0);
  CHECK_THAT(down().at("answer"), ContainsSubstring("HTTP 503: server busy, please try again"));
  const auto words = program::run({.arguments = {"--database", desk.conninfo(), "status"}});
  CHECK_THAT(words.output, ContainsSubstring("its embedder has been down for ") &&
                               ContainsSubstring("HTTP 503: server busy, please try again"));
  CHECK(desk.json({"status"}).at("pending") == 1);
  server.set_faults({});
  worker.wait_for("the embedder answers again");
  while (desk.json({"status"}).at("done") != 1) continue;
  while (!down().is_null()) continue;
}

TEST_CASE("SIGHUP reads the embedder's key again, and keeps the old one where that cannot be") {
  Helpdesk desk;
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});  // takes any key
  const File key("sk-first\n");
  const std::vector<std::string> options{"--embedder",          "openai",           "--embedder-url",
                                         server.url(),          "--embedder-model", "fake-embed",
                                         "--embedder-key-file", key.path()};
  const auto with_options = [&](std::vector<std::string> command) {
    command.insert(command.end(), options.begin(), options.end());
    return desk.start(std::move(command));
  };
  CHECK(program::run(with_options({"init"})).exit_code == 0);
  program::Program worker(with_options({"run"}));
  const auto key_for = [&](const std::string& article) {
    const std::string done = desk.text("SELECT count(*) FROM rag_index_queue WHERE status = 'done'");
    CHECK(desk.json({"enqueue", Helpdesk::org, "kb", article}).contains("id"));
    while (desk.text("SELECT count(*) FROM rag_index_queue WHERE status = 'done'") == done) continue;
    return std::string(server.requests().back().header("authorization"));
  };
  CHECK(key_for(Helpdesk::wifi) == "Bearer sk-first");
  std::ofstream(key.path()) << "sk-second\n";
  worker.signal(SIGHUP);
  worker.wait_for("SIGHUP: the embedder's key and headers have been read again");
  CHECK(key_for(Helpdesk::backup) == "Bearer sk-second");
  std::ofstream(key.path()) << "\n";
  worker.signal(SIGHUP);
  worker.wait_for("SIGHUP: the embedder's key and headers stay as they were");
  CHECK(key_for(Helpdesk::paper_jam) == "Bearer sk-second");
}

TEST_CASE("a key or header that is replaced, since the server refuses the old one, needs no restart") {
  Helpdesk desk;
  const bool as_header = GENERATE(false, true);
  const FakeEmbeddingServer server(
      {.dialect = EmbeddingDialect::openai, .api_key = "sk-new", .key_header = as_header ? "api-key" : ""});
  const std::string name = as_header ? "api-key: " : "";
  const File secret(name + "sk-old\n");
  const std::vector<std::string> options{"--embedder",
                                         "openai",
                                         "--embedder-url",
                                         server.url(),
                                         "--embedder-model",
                                         "fake-embed",
                                         "--embedder-dimension",
                                         "64",
                                         as_header ? "--embedder-header-file" : "--embedder-key-file",
                                         secret.path()};
  const auto with_options = [&](std::vector<std::string> command) {
    command.insert(command.end(), options.begin(), options.end());
    return desk.start(std::move(command));
  };
  CHECK(desk.json({"init", "--embedder", "openai", "--embedder-url", server.url(), "--embedder-model",
                   "fake-embed", "--embedder-header",
                   as_header ? "api-key: sk-new" : "Authorization: Bearer sk-new"})
            .is_object());
  CHECK(desk.json({"enqueue", Helpdesk::org, "kb", Helpdesk::wifi}).contains("id"));
  program::Program worker(with_options({"run", "--drain"}));
  worker.wait_for("the key is refused");
  std::ofstream(secret.path()) << name + "sk-new\n";
  const auto outcome = worker.wait();
  CHECK(outcome.exit_code == 0);
  CHECK(Json::parse(outcome.output).at("done") == 1);
  CHECK_THAT(outcome.errors, !ContainsSubstring("sk-old") && !ContainsSubstring("sk-new"));
}

TEST_CASE(
    "doctor tells which prefixes a model gets, and warns of a name that looks like one that needs some") {
  const FakeEmbeddingServer known({.dialect = EmbeddingDialect::openai, .model = "nomic-embed-text"});
  const auto prefixes_of = [](const FakeEmbeddingServer& server, std::vector<std::string> options) {
    std::vector<std::string> arguments{"--json", "--database",     "host=/nonexistent", "--embedder",
                                       "openai", "--embedder-url", server.url()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.emplace_back("doctor");
    const Json document = Json::parse(program::run({.arguments = arguments}).output);
    Json found;
    for (const auto& check : document.at("checks")) {
      if (check.at("check") == "prefixes") found = check;
    }
    return found;
  };
  const Json told = prefixes_of(known, {"--embedder-model", "nomic-embed-text"});
  CHECK(told.at("state") == "ok");
  CHECK_THAT(told.at("message"), ContainsSubstring("'search_document: ' before documents"));
  CHECK(Json::parse(known.requests().back().body)
            .at("input")
            .at(0)
            .get<std::string>()
            .starts_with("search_document: "));
  const FakeEmbeddingServer like({.dialect = EmbeddingDialect::openai, .model = "acme/e5-tuned"});
  CHECK(prefixes_of(like, {"--embedder-model", "acme/e5-tuned"}).at("state") == "note");
  CHECK(prefixes_of(like, {"--embedder-model", "acme/e5-tuned", "--embedder-query-prefix", "",
                           "--embedder-document-prefix", ""})
            .is_null());
}

TEST_CASE("another model under the same name is found by doctor, and rebuilding mends it") {
  Helpdesk desk;
  FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai, .dimension = 4});
  const std::vector<std::string> options{"--embedder", "openai",           "--embedder-url",
                                         server.url(), "--embedder-model", "fake-embed"};
  const auto with_options = [&](std::vector<std::string> command) {
    command.insert(command.end(), options.begin(), options.end());
    return desk.start(std::move(command));
  };
  CHECK(program::run(with_options({"init"})).exit_code == 0);
  CHECK_THAT(program::run(with_options({"doctor"})).output, ContainsSubstring("are as they were then"));
  server.set_faults([](const auto& call) {
    Json data = Json::array();
    for (std::size_t text = 0; text < call.texts.size(); ++text)
      data.push_back({{"index", text}, {"embedding", {1.0, 0.1 * static_cast<double>(text), 0.0, 0.0}}});
    return ragqueue::testing::ServerFault{.kind = ragqueue::testing::ServerFault::Kind::raw,
                                          .status = 200,
                                          .message = Json{{"data", data}}.dump()};
  });
  CHECK_THAT(program::run(with_options({"doctor"})).output,
             ContainsSubstring("another model has the name 'fake-embed' now") &&
                 ContainsSubstring("init --rebuild-index"));
  CHECK(program::run(with_options({"init", "--rebuild-index"})).exit_code == 0);
  CHECK_THAT(program::run(with_options({"doctor"})).output, ContainsSubstring("are as they were then"));
}

TEST_CASE("an embedder that is down at start is waited for: the index knows its dimension") {
  FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  Helpdesk desk;
  const std::vector<std::string> options{"--embedder", "openai",           "--embedder-url",
                                         server.url(), "--embedder-model", "fake-embed"};
  const auto with_options = [&](std::vector<std::string> command) {
    command.insert(command.end(), options.begin(), options.end());
    return desk.start(std::move(command));
  };
  CHECK(program::run(with_options({"init"})).exit_code == 0);
  CHECK(desk.json({"enqueue", Helpdesk::org, "kb", Helpdesk::wifi}).contains("id"));
  server.go_down();
  CHECK(program::run(with_options({"run", "--no-wait"})).exit_code == 3);
  program::Program worker(with_options({"run", "--drain"}));
  worker.wait_for("waiting: ");
  CHECK(desk.json({"status"}).at("done") == 0);
  server.come_back();
  const auto outcome = worker.wait();
  INFO(outcome.errors);
  CHECK(outcome.exit_code == 0);
  CHECK(Json::parse(outcome.output).at("done") == 1);
}
