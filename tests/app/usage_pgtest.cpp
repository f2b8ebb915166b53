#include <sys/wait.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>

#include "program.hpp"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using program::run;

namespace {

const std::string id = "11111111-1111-4111-8111-111111111111";

}  // namespace

TEST_CASE("wrong usage exits with 2 and one line that says what is wrong") {
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<Case> cases{
      {{"frobnicate"}, "frobnicate"},
      {{"--frobnicate"}, "--frobnicate"},
      {{"--database", "host=a", "password=secret", "status"}, "password=***"},
      {{"status", "--concurrency", "2"}, "--concurrency is an option of run, not of status"},
      {{"status", "--lanes", "2"}, "--lanes is an option of run, not of status"},
      {{"--lanes", "0"}, "'0' is not a number from 1 to 256"},
      {{"--lanes", "1", "--concurrency", "2"}, "--concurrency excludes"},
      {{"--concurrency", "0"}, "--concurrency: '0' is not a number from 1 to 256"},
      {{"--concurrency", "many"}, "'many'"},
      {{"--grace", "nan"}, "--grace: 'nan'"},
      {{"--grace", "-1"}, "--grace: '-1'"},
      {{"--log-format", "xml"}, "--log-format: xml"},
      {{"--database", "dbname=a", "--local", "b", "status"}, " excludes --"},
      {{"enqueue"}, "enqueue needs ORG TYPE ID, or --stdin"},
      {{"enqueue", id, "kb"}, "enqueue needs ORG TYPE ID, or --stdin"},
      {{"enqueue", "acme", "kb", id}, "organization_id 'acme': not a UUID"},
      {{"enqueue", id, "kb", "x17"}, "source_id 'x17': not a UUID"},
      {{"enqueue", id, "kb", id, "--action", "insert"}, "action 'insert': expected upsert or delete"},
      {{"enqueue", id, "kb", id, "--priority", "101"}, "--priority: '101' is not a number from 0 to 100"},
      {{"enqueue", id, "", id}, "source_type '': must not be empty"},
      {{"enqueue", id, std::string(51, 'x'), id}, "51 characters; at most 50"},
      {{"enqueue", id, "kb", id, "more"}, "more"},
      {{"enqueue", "--stdin", id, "kb", id}, "--stdin or ORG TYPE ID, not both"},
      {{"search", "acme", "words"}, "organization_id 'acme': not a UUID"},
      {{"search", id}, "WORDS"},
      {{"search", id, " "}, "search needs words"},
      {{"search", id, "words", "--limit", "0"}, "--limit: '0' is not a number from 1"},
      {{"search", id, "words", "--mode", "magic"}, "--mode: magic"},
      {{"search", id, "words", "--metadata", "[1]"}, "--metadata: '[1]' is not a JSON object"},
      {{"similar", id, "kb"}, "ID is required"},
      {{"similar", id, "kb", "x17"}, "source_id 'x17': not a UUID"},
      {{"related", id, "kb", id, "--depth", "0"}, "--depth: '0' is not a number from 1 to 10"},
      {{"grants"}, "ROLE is required"},
      {{"grants", "x", "--duty", "all"}, "--duty: all"},
      {{"retry", "--org", "acme"}, "organization_id 'acme': not a UUID"},
      {{"retry", "--id", "17"}, "id '17': not a UUID"},
      {{"stop"}, "stop needs --local DIR"},
      {{"--local", "/nonexistent/ragqueue", "stop"}, "no PostgreSQL of ours"},
      {{"--config", "/", "status"}, "this is a directory"},
      {{"search", id, "-lift"}, "words that begin with - come after --: search ORG -- WORDS"},
      {{"search", id, "-how", "are"}, "words that begin with - come after --"},
      {{"search", id, "words", "--limt", "3"}, "--limt"},
      {{"--embedder-url", "http://localhost", "init"},
       "--embedder-url has no effect without --embedder ollama"},
      {{"--embedder-dimension", "64", "status"}, "--embedder-dimension has no effect without --embedder"},
  };
  for (const auto& [arguments, message] : cases) {
    INFO(message);
    const auto outcome = run({.arguments = arguments});
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.output.empty());
    CHECK_THAT(outcome.errors, StartsWith("rag_worker: ") && ContainsSubstring(message));
    CHECK(outcome.errors.find('\n') == outcome.errors.size() - 1);
  }
}

TEST_CASE("a wrong line of enqueue --stdin is named, before a database is looked for") {
  const auto outcome = run({.arguments = {"enqueue", "--stdin"},
                            .environment = {{"RAGQUEUE_DATABASE", "host=/nonexistent"}},
                            .input = id + " kb " + id + "\n" + id + " kb x17\n"});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.errors, ContainsSubstring("line 2: source_id 'x17': not a UUID"));
}

TEST_CASE("a variable that looks like ours and is no option's is named") {
  const auto outcome = run({.arguments = {"database"}, .environment = {{"RAGQUEUE_CONCURRENT", "9"}}});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.errors, ContainsSubstring("RAGQUEUE_CONCURRENT"));
}

TEST_CASE("standard input and output that are closed or cannot be used are errors") {
  const auto exit_code = [](const std::string& rest) {
    const int status =
        std::system((std::string("'" RAG_WORKER_PROGRAM "' ") + rest + " 2>/dev/null").c_str());
    return WEXITSTATUS(status);
  };
  CHECK(exit_code("--database dbname=x database >&-") == 1);
  CHECK(exit_code("--database dbname=x database >/dev/full") == 1);
  CHECK(exit_code("enqueue --stdin <&-") == 1);
  CHECK(exit_code("enqueue --stdin </") == 1);
}

TEST_CASE("a database that cannot be reached exits with 3") {
  const std::vector<std::vector<std::string>> commands{{"status"},
                                                       {"enqueue", id, "kb", id},
                                                       {"search", id, "words"},
                                                       {"retry"},
                                                       {"init"},
                                                       {"run", "--no-wait"},
                                                       {"--no-wait"}};
  for (const auto& command : commands) {
    const auto outcome =
        run({.arguments = command, .environment = {{"RAGQUEUE_DATABASE", "host=/nonexistent/directory"}}});
    CHECK(outcome.exit_code == 3);
    CHECK(outcome.output.empty());
    CHECK_THAT(outcome.errors, ContainsSubstring("/nonexistent/directory"));
  }
}

TEST_CASE("a connection string that libpq does not understand exits with 1") {
  const auto outcome = run({.arguments = {"--database", "frobnicate=1", "status"}});
  CHECK(outcome.exit_code == 1);
  CHECK_THAT(outcome.errors, StartsWith("rag_worker: ") && ContainsSubstring("frobnicate"));
}

TEST_CASE("help and version go to standard output, with exit code 0") {
  const auto help = [](const std::vector<std::string>& arguments) {
    const auto outcome = run({.arguments = arguments});
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.errors.empty());
    return outcome.output;
  };
  CHECK_THAT(help({"--help"}), ContainsSubstring("--database") && ContainsSubstring("--embedder-url") &&
                                   ContainsSubstring("enqueue") && ContainsSubstring("RAGQUEUE_SOME_NAME") &&
                                   ContainsSubstring("Exit codes: 0 done") && !ContainsSubstring("--drain"));
  CHECK_THAT(help({"run", "--help"}), ContainsSubstring("--drain") && ContainsSubstring("--concurrency") &&
                                          !ContainsSubstring("--lanes") && !ContainsSubstring("--database") &&
                                          !ContainsSubstring("--explain"));
  CHECK_THAT(help({"search", "--help"}), ContainsSubstring("--explain") && !ContainsSubstring("--drain") &&
                                             !ContainsSubstring("--depth"));
  CHECK_FALSE(help({"--version"}).empty());
}

TEST_CASE(
    "an option without effect is said: refused where the index would get other vectors than meant, else a "
    "warning") {
  const auto outcome = [](const std::vector<std::string>& arguments,
                          const std::map<std::string, std::string>& environment = {}) {
    return run({.arguments = arguments, .environment = environment});
  };
  const std::vector<std::string> database{"--database", "dbname=x", "database"};
  CHECK(outcome(database, {{"RAGQUEUE_EMBEDDER_MODEL", "m"}}).exit_code == 2);
  const auto builtin =
      outcome(database, {{"RAGQUEUE_EMBEDDER_MODEL", "m"}, {"RAGQUEUE_EMBEDDER", "builtin"}});
  CHECK(builtin.exit_code == 0);
  CHECK_THAT(builtin.errors, ContainsSubstring("--embedder-model has no effect with --embedder builtin"));
  const auto server = outcome(database, {{"RAGQUEUE_EMBEDDER", "openai"},
                                         {"RAGQUEUE_MODEL_THREADS", "2"},
                                         {"RAGQUEUE_EMBEDDER_KEEP_ALIVE", "1m"}});
  CHECK(server.exit_code == 0);
  CHECK_THAT(server.errors, ContainsSubstring("--model-threads has no effect") &&
                                ContainsSubstring("--embedder-keep-alive has no effect"));
  CHECK(outcome(database, {{"RAGQUEUE_EMBEDDER", "ollama"}, {"RAGQUEUE_EMBEDDER_KEEP_ALIVE", "1m"}})
            .errors.empty());
}
