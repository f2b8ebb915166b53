#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "helpdesk.hpp"
#include "program.hpp"

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using program::Helpdesk;

namespace {

/// A table with integers as keys that ragqueue has never seen, one file, and nothing else.
struct Tickets : Helpdesk {
  Tickets() {
    sql("CREATE TABLE tickets (id bigint PRIMARY KEY, org integer NOT NULL, subject text, description text, "
        "status text, kb text)");
    sql("CREATE TABLE pages (code text PRIMARY KEY, org integer NOT NULL, name text)");
    REQUIRE(json({"init"}).is_object());
    configure(
        "[source.ticket]\ntable = 'tickets'\nkey = 'id'\norganization = 'org'\ntitle = 'subject'\nbody = "
        "['description']\nwhere = \"status = 'resolved'\"\nmetadata = ['status']\nwatch = true\n"
        "links = [{ type = 'page', column = 'kb' }]\n"
        "[source.page]\ntable = 'pages'\nkey = 'code'\norganization = 'org'\nbody = 'name'\nwatch = true\n");
  }
  ~Tickets() { std::filesystem::remove_all(directory_); }
  Tickets(const Tickets&) = delete;
  Tickets& operator=(const Tickets&) = delete;

  [[nodiscard]] std::string path() const { return directory_ / "worker.toml"; }
  void configure(const std::string& text) const { std::ofstream(path()) << text; }
  [[nodiscard]] nlohmann::json with_file(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--config", path()});
    return json(std::move(arguments));
  }
  [[nodiscard]] std::string refusal_of(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--config", path()});
    const auto outcome = program::run(start(std::move(arguments)));
    CHECK(outcome.exit_code == 2);
    return outcome.errors;
  }

 private:
  static std::filesystem::path new_directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ragqueue-XXXXXX").string();
    return mkdtemp(pattern.data());
  }
  std::filesystem::path directory_ = new_directory();
};

}  // namespace

TEST_CASE_METHOD(
    Tickets, "a table is followed from one file: what is written is found under the application's own keys") {
  CHECK(with_file({"status"}).at("watch_differences").size() == 2);
  CHECK(with_file({"watch"}).at("watched") == nlohmann::json({"page", "ticket"}));
  CHECK(with_file({"watch"}).at("watched").size() == 2);
  CHECK(with_file({"status"}).at("watch_differences").empty());

  sql("INSERT INTO pages VALUES ('KB-7', 10, 'How to free a jammed sheet of paper')");
  sql("INSERT INTO tickets VALUES (42, 10, 'printer paper is stuck', 'open the cover', 'resolved', 'KB-7'), "
      "(43, 10, 'secret paper', '', 'open', NULL)");
  CHECK(with_file({"run", "--drain"}).at("done") == 2);
  auto found = with_file({"search", "10", "paper", "stuck", "--type", "ticket"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].at("key") == "42");
  CHECK(found[0].at("metadata") == nlohmann::json({{"status", "resolved"}, {"source_key", 42}}));
  CHECK(with_file({"search", "10", "jammed", "--type", "page"})[0].at("key") == "KB-7");
  CHECK(with_file({"search", "11", "paper"}).empty());
  CHECK(with_file({"related", "10", "ticket", "42"})[0].at("title") == "");
  CHECK(with_file({"similar", "10", "page", "KB-7"})[0].at("key") == "42");

  sql("UPDATE tickets SET org = 11 WHERE id = 42");
  CHECK(with_file({"run", "--drain"}).at("done") == 2);
  CHECK(with_file({"search", "10", "stuck", "--type", "ticket"}).empty());
  CHECK(with_file({"search", "11", "stuck"}).size() == 1);

  sql("TRUNCATE tickets, pages");
  CHECK(with_file({"run", "--drain"}).at("failed") == 0);
  CHECK(text("SELECT count(*) FROM rag_documents") == "0");
  CHECK(with_file({"unwatch", "--all"}).at("unwatched") == 2);
  sql("INSERT INTO pages VALUES ('KB-8', 10, 'unseen')");
  CHECK(with_file({"status"}).at("pending") == 0);
}

TEST_CASE_METHOD(Tickets, "keys that are integers or texts are enqueued by hand") {
  sql("INSERT INTO tickets VALUES (-1, 10, 'paper', '', 'resolved', NULL)");
  sql("INSERT INTO pages VALUES ('00042', 10, 'paper')");
  CHECK(with_file({"enqueue", "10", "ticket", "--", "-1"}).contains("id"));
  CHECK(with_file({"enqueue", "10", "page", "text:00042"}).contains("id"));
  CHECK(with_file({"run", "--drain"}).at("done") == 2);
  CHECK(with_file({"search", "10", "paper"}).size() == 2);
  CHECK(json({"enqueue", "--stdin"}, "10 ticket -1 delete\n").at("enqueued") == 1);
  CHECK(with_file({"run", "--drain"}).at("done") == 1);
  CHECK(with_file({"search", "10", "paper"}).size() == 1);
}

TEST_CASE_METHOD(Tickets, "--print changes nothing, and its SQL does the same") {
  const auto statements = with_file({"watch", "--print"}).at("statements");
  CHECK(with_file({"status"}).at("watch_differences").size() == 2);
  for (const auto& statement : statements) sql(statement);
  CHECK(with_file({"status"}).at("watch_differences").empty());
  CHECK(with_file({"doctor"}).dump().find("changes of 2 sources are followed") != std::string::npos);
  const auto dropping = with_file({"unwatch", "--type", "page", "--print"}).at("statements");
  for (const auto& statement : dropping) sql(statement);
  CHECK(with_file({"status"}).at("watch_differences").size() == 1);
}

TEST_CASE_METHOD(Tickets, "a worker says at its start what is not followed as the file says") {
  program::Program worker({.arguments = {"--database", conninfo(), "--config", path(), "run"}});
  worker.wait_for("pages is not followed yet; run: rag_worker watch");
}

TEST_CASE_METHOD(Tickets, "what a table source cannot mean is refused by its key") {
  const std::string good =
      "[source.page]\ntable = 'pages'\nkey = 'code'\norganization = 'org'\nbody = 'name'\n";
  configure(good + "watch = 'yes'\n");
  CHECK_THAT(refusal_of({"status"}), ContainsSubstring("[source.page]: the key watch must be true or false"));
  configure(good + "colour = 'red'\n");
  CHECK_THAT(refusal_of({"status"}), ContainsSubstring("unknown key 'colour'"));
  configure(good + "metadata = [1]\n");
  CHECK_THAT(refusal_of({"status"}), ContainsSubstring("metadata must be a list of column names"));
  configure(good + "organization_constant = 5\n");
  CHECK_THAT(refusal_of({"status"}), ContainsSubstring("organization of source page"));
  configure(good + "[[source.page.depends]]\ntable = 'tickets'\n");
  CHECK_THAT(refusal_of({"status"}), ContainsSubstring("depends.key"));
  configure(good);
  CHECK_THAT(refusal_of({"watch"}), ContainsSubstring("watch = true"));
  CHECK_THAT(refusal_of({"unwatch"}), ContainsSubstring("--type"));
  CHECK_THAT(refusal_of({"enqueue", "10", "page", "0a000000-0000-4000-8000-00000000000x"}),
             ContainsSubstring("source_id"));
}
