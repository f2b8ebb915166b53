#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_directory.hpp"

using Catch::Matchers::ContainsSubstring;
using program::run;

namespace {

/// A configuration file of its own, gone with the object.
class File {
 public:
  explicit File(const std::string& text) { std::ofstream(path()) << text; }

  [[nodiscard]] std::string path() const { return directory_.path() / "worker.toml"; }

 private:
  ragqueue::testing::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("the command line comes first, then the environment, then the file") {
  const File file("database = 'dbname=file'\njson = true\n");
  const auto database = [&file](std::vector<std::string> arguments,
                                std::map<std::string, std::string> environment) {
    environment.emplace("RAGQUEUE_CONFIG", file.path());
    arguments.emplace_back("database");
    const auto outcome = run({.arguments = std::move(arguments), .environment = std::move(environment)});
    INFO(outcome.errors);
    REQUIRE(outcome.exit_code == 0);
    return nlohmann::json::parse(outcome.output).at("database").get<std::string>();
  };
  CHECK(database({}, {}) == "dbname=file");
  CHECK(database({}, {{"RAGQUEUE_DATABASE", "dbname=environment"}}) == "dbname=environment");
  CHECK(database({}, {{"RAGQUEUE_DATABASE", ""}}) == "dbname=file");
  CHECK(database({"--database", "dbname=flag"}, {{"RAGQUEUE_DATABASE", "dbname=environment"}}) ==
        "dbname=flag");
  CHECK(database({"--database", "dbname=flag"}, {{"RAGQUEUE_LOCAL", "/nonexistent"}}) == "dbname=flag");
}

TEST_CASE("--config on the command line comes before RAGQUEUE_CONFIG") {
  const File file("database = 'dbname=file'");
  const auto outcome = run({.arguments = {"database", "--config", file.path()},
                            .environment = {{"RAGQUEUE_CONFIG", "/nonexistent.toml"}}});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.output == "dbname=file\n");
}

TEST_CASE("a flag of the file can be taken back by the environment") {
  const File file("database = 'dbname=file'\njson = true\n");
  const auto outcome =
      run({.arguments = {"database", "--config", file.path()}, .environment = {{"RAGQUEUE_JSON", "false"}}});
  CHECK(outcome.output == "dbname=file\n");
}

TEST_CASE("what a file cannot say is an error that names the file and the key") {
  struct Case {
    std::string text;
    std::string message;
  };
  const std::vector<Case> cases{
      {"lanez = 2", "unknown key 'lanez'"},
      {"poll-interval = 2", "unknown key 'poll-interval'"},
      {"config = 'other.toml'", "unknown key 'config'"},
      {"[sources.page]\nquery = 'SELECT 1'", "unknown table [sources]"},
      {"concurrency = 0", "concurrency: --concurrency: '0' is not a number from 1 to 256"},
      {"concurrency = 'two'", "concurrency: --concurrency: 'two'"},
      {"grace = nan", "grace: --grace: 'nan'"},
      {"json = 'perhaps'", "json: "},
      {"concurrency = [1, 2]", "key 'concurrency' must be a string, a number, true or false"},
      {"database = 'a'\nlocal = 'b'", "excludes"},
      {"source = 1", "source must be tables"},
      {"[source.page]\nquerry = 'SELECT 1'", "unknown key 'source.page.querry'"},
      {"[source.page]", "[source.page] needs the key query"},
      {"[source.page]\nquery = 1", "[source.page] needs the key query"},
      {"[source]\npage = 'SELECT 1'", "source.page must be a table"},
      {"[source.page]\nquery = ''", "[source.page]: "},
      {"concurrency = 1\nconcurrency", "line 2: "},
  };
  for (const auto& [text, message] : cases) {
    INFO(text);
    const File file(text);
    const auto outcome = run({.arguments = {"--config", file.path(), "database"}});
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.errors, ContainsSubstring(file.path() + ": ") && ContainsSubstring(message));
  }
  const auto missing = run({.arguments = {"--config", "/nonexistent.toml", "database"}});
  CHECK(missing.exit_code == 2);
  CHECK_THAT(missing.errors, ContainsSubstring("/nonexistent.toml"));
}

TEST_CASE("every option can be said by environment and file") {
  const File file(R"toml(
    database = "host=/nonexistent"
    json = true
    model_file = "m"
    drain = true
    concurrency = 2
    batch = 20
    poll_interval = 0.5
    heartbeat_interval = 1
    grace = 10
    max_attempts = 5
    retry_base = 1.5
    retry_limit = 60
    chunk_tokens = 64
    chunk_overlap = 8
    max_document_bytes = 1000000
    log_format = "json"
    rebuild_index = true
    action = "delete"
    priority = 7
    stdin = true
    type = "kb"
    org = "11111111-1111-4111-8111-111111111111"
    id = "11111111-1111-4111-8111-111111111111"
    limit = 5

    [source.page]
    query = "SELECT 1"
    [source.kb]
    query = "SELECT 2"
  )toml");
  CHECK(run({.arguments = {"--config", file.path(), "database"}}).exit_code == 0);
}

TEST_CASE("a wrong value of the environment is an error that names the variable") {
  const auto outcome = run({.arguments = {"database"}, .environment = {{"RAGQUEUE_POLL_INTERVAL", "soon"}}});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.errors, ContainsSubstring("RAGQUEUE_POLL_INTERVAL: ") && ContainsSubstring("'soon'"));
  const auto both =
      run({.arguments = {"database"}, .environment = {{"RAGQUEUE_LOCAL", "a"}, {"RAGQUEUE_DATABASE", "b"}}});
  CHECK(both.exit_code == 2);
  CHECK_THAT(both.errors, ContainsSubstring("RAGQUEUE_LOCAL: excludes --database"));
}
