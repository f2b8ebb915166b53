#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "helpdesk.hpp"
#include "program.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;

namespace {

struct Desk : Helpdesk {
  Desk() { REQUIRE(json({"init"}).is_object()); }

  /// A job that failed a while ago.
  std::string failed(const std::string& type, const std::string& source,
                     const std::string& organization = org) {
    return text(
        "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, status, attempts, "
        "last_error) VALUES ('" +
        organization + "', '" + type + "', '" + source + "', 'upsert', 'failed', 3, 'no luck') RETURNING id");
  }
  [[nodiscard]] program::Outcome plain(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--database", conninfo()});
    return program::run({.arguments = std::move(arguments)});
  }
};

const std::string other_org = "0a000000-0000-4000-8000-000000000002";

}  // namespace

TEST_CASE_METHOD(Desk, "status counts living workers, and those whose lease is over apart", "[promise-15]") {
  sql("INSERT INTO rag_workers (host, pid, lease, heartbeat_at) VALUES ('living', 1, '1 hour', now()), "
      "('dead', 2, '5 seconds', now() - interval '1 minute'), ('long dead', 3, '5 seconds', now() - interval "
      "'1 day')");
  const auto status = json({"status"});
  REQUIRE(status.at("workers").size() == 1);
  CHECK(status.at("workers")[0].at("host") == "living");
  CHECK(status.at("expired_workers").size() == 2);
  CHECK_THAT(plain({"status"}).output,
             ContainsSubstring("workers          1\n") &&
                 ContainsSubstring("expired          2   workers whose lease is over"));
}

TEST_CASE_METHOD(Desk, "status shows an embedder that is down and source types that cannot be read",
                 "[promise-15]") {
  sql("INSERT INTO rag_workers (host, pid, lease, embedder_down_since, embedder_answer, waiting_sources) "
      "VALUES ('here', 1, '1 hour', "
      "now() - interval '90 seconds', 'overloaded', jsonb_build_array(jsonb_build_object('source_type', "
      "'ticket', 'since', now() - interval '30 seconds', "
      "'reason', 'relation \"tikcets\" does not exist')))");
  const auto workers = json({"status"}).at("workers");
  REQUIRE(workers.size() == 1);
  CHECK(workers[0].at("embedder_down").at("seconds").get<double>() >= 90);
  CHECK(workers[0].at("waiting_sources").at(0).at("source_type") == "ticket");
  CHECK(workers[0].at("waiting_sources").at(0).at("seconds").get<double>() >= 30);
  CHECK_THAT(plain({"status"}).output,
             ContainsSubstring("its embedder has been down for 9") && ContainsSubstring("overloaded") &&
                 ContainsSubstring("ticket jobs have waited for 3") && ContainsSubstring("tikcets"));
}

TEST_CASE_METHOD(Desk,
                 "a failed job does not stand as a fault once its source has been indexed or removed since",
                 "[promise-15]") {
  static_cast<void>(failed("kb", wifi));
  static_cast<void>(failed("kb", backup));
  static_cast<void>(failed("page", paper_jam));
  CHECK(json({"status"}).at("failed") == 3);
  CHECK(json({"enqueue", org, "kb", wifi}).contains("id"));
  CHECK(json({"enqueue", org, "kb", backup, "--action", "delete"}).contains("id"));
  CHECK(json({"enqueue", other_org, "page", paper_jam}).contains("id"));
  CHECK(json({"status"}).at("failed") == 3);
  const auto drained = program::run(start({"run", "--drain", "--max-attempts", "1"}));
  INFO(drained.errors);
  const auto status = json({"status"});
  CHECK(status.at("failed") == 2);  // the page's, and the one of the other organization
  CHECK(status.at("superseded_failures") == 2);
  CHECK_THAT(plain({"status"}).output, ContainsSubstring("2   and 2 whose source has been indexed since"));
}

TEST_CASE_METHOD(Desk, "a request that was superseded by one that failed proves nothing", "[promise-15]") {
  static_cast<void>(failed("page", wifi));
  for (int n = 0; n < 2; ++n) CHECK(json({"enqueue", org, "page", wifi}).contains("id"));
  static_cast<void>(program::run(start({"run", "--drain", "--max-attempts", "1"})));
  const auto status = json({"status"});
  CHECK(status.at("failed") == 2);
  CHECK(status.at("superseded_failures") == 0);
  CHECK(status.at("done") == 1);
}

TEST_CASE_METHOD(Desk,
                 "failed jobs are discarded by type, organization or id, and all of them only on request",
                 "[promise-15]") {
  const std::string one = failed("page", wifi);
  for (const auto& [type, organization] : std::vector<std::pair<std::string, std::string>>{
           {"page", org}, {"note", org}, {"note", other_org}, {"memo", org}, {"memo", org}}) {
    static_cast<void>(failed(type, backup, organization));
  }
  // So that some stand in the archive, and some where they failed.
  static_cast<void>(json({"run", "--drain"}));
  static_cast<void>(failed("memo", paper_jam));
  CHECK(json({"enqueue", org, "kb", wifi}).contains("id"));
  const auto count = [this](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "discard");
    return json(std::move(arguments)).at("discarded").get<int>();
  };
  CHECK(count({"--id", one, "--type", "memo"}) == 0);
  CHECK(count({"--id", one}) == 1);
  CHECK(count({"--type", "note", "--org", org}) == 1);
  CHECK(count({"--type", "memo"}) == 3);
  for (const std::vector<std::string>& unclear :
       std::vector<std::vector<std::string>>{{"discard"}, {"discard", "--all", "--type", "note"}}) {
    const auto refused = program::run(start(unclear));
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.errors, ContainsSubstring("--all"));
  }
  CHECK(json({"status"}).at("failed") == 2);
  CHECK(count({"--all"}) == 2);
  CHECK(json({"status"}).at("failed") == 0);
  CHECK(json({"status"}).at("pending") == 1);
}

TEST_CASE_METHOD(Desk, "a source type in a filter that nobody knows is said", "[promise-15]") {
  static_cast<void>(failed("page", wifi));
  for (const char* command : {"retry", "discard"}) {
    const auto unknown = program::run(start({command, "--type", "tikcet"}));
    CHECK(unknown.exit_code == 0);
    CHECK_THAT(unknown.errors, ContainsSubstring("tikcet") && ContainsSubstring("ticket, kb, asset"));
    CHECK(program::run(start({command, "--type", "ticket"})).errors.empty());
  }
  CHECK(program::run(start({"retry", "--type", "page"})).errors.empty());
}
