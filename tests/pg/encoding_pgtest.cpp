#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "ragqueue/enqueue.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "ragqueue/schema.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Database;
using testing::ticket;

namespace {

/// A database of another encoding than UTF-8, on the tests' server.
Database of_encoding(const std::string& encoding) {
  const Database maintenance;
  const std::string name = "\"in " + encoding + "\"";
  maintenance.run("DROP DATABASE IF EXISTS " + name);
  maintenance.run("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING '" + encoding +
                  "' LC_COLLATE 'C' LC_CTYPE 'C'");
  Database database(maintenance.conninfo() + " dbname='in " + encoding + "' options='-c search_path=public'");
  create_or_upgrade_schema(database.get(), testing::WordEmbedder{});
  return database;
}

}  // namespace

TEST_CASE("what the database's encoding lacks is replaced in errors, and the failure is recorded",
          "[promise-14]") {
  struct Case {
    std::string encoding, kept;
  };
  const auto [encoding, kept] =
      GENERATE(Case{"LATIN1", "caf\u00e9 ???? ? rejected"}, Case{"WIN1252", "caf\u00e9 ???? \u2013 rejected"},
               Case{"EUC_JP", "caf\u00e9 \u8f38\u5165?\u5bb9 ? rejected"},
               Case{"SQL_ASCII", "caf\u00e9 \u8f93\u5165\u5185\u5bb9 \u2013 rejected"});
  CAPTURE(encoding);
  const Database database = of_encoding(encoding);
  Queue queue(database.get());
  const std::int64_t worker = register_worker(database.get(), "here", 1, 60s);
  enqueue_index(database.get(), std::vector{ticket(1), ticket(2)});
  const std::vector<Job> jobs = queue.claim(worker, 10);
  REQUIRE(jobs.size() == 2);
  const std::string message = "caf\u00e9 \u8f93\u5165\u5185\u5bb9 \u2013 rejected";
  CHECK(queue
            .fail(std::vector{Failure{.job = jobs[0], .message = message, .permanent = true},
                              Failure{.job = jobs[1], .message = std::string(10'000, 'x')}},
                  {})
            .size() == 2);
  const std::string stored = database.text("SELECT last_error FROM rag_index_queue WHERE status = 'failed'");
  if (encoding != "EUC_JP") CHECK(stored == kept);
  CHECK(stored.ends_with("rejected"));
  const std::string long_one =
      database.text("SELECT last_error FROM rag_index_queue WHERE status = 'pending'");
  CHECK(long_one.ends_with(encoding == "LATIN1" ? "x..." : "x\u2026"));
  const EmbedderOutage outage{.seconds = 3, .answer = "service overloaded \u2013 please retry\u2026"};
  CHECK(heartbeat(database.get(), worker, {.embedder_outage = outage}));
  CHECK(list_workers(database.get()).at(0).embedder_outage->answer.starts_with("service overloaded "));
}
