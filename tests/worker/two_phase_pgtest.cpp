// Requests in transactions that are prepared for two-phase commit.

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>

#include "helpdesk.hpp"
#include "ragqueue/error.hpp"
#include "support/cluster_directory.hpp"
#include "support/eventually.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using testing::eventually;
using testing::Helpdesk;
using testing::PrivatePostgres;

namespace {

/// A server that takes prepared transactions, which is off by default.
class TwoPhaseServer {
 public:
  TwoPhaseServer() {
    PrivatePostgres first(directory_.path());
    testing::Database(first.conninfo()).run("ALTER SYSTEM SET max_prepared_transactions = 5");
    first.stop();
    server_ = std::make_unique<PrivatePostgres>(directory_.path());
  }

  [[nodiscard]] std::string new_schema() const { return server_->new_schema(); }

 private:
  testing::ClusterDirectory directory_{"two-phase"};
  std::unique_ptr<PrivatePostgres> server_;
};

}  // namespace

TEST_CASE("beside an idle worker a plain INSERT can be prepared, and is served once it is committed",
          "[promise-14]") {
  const TwoPhaseServer server;
  Helpdesk desk(server.new_schema());
  desk.write(1, "Printer", "jam");
  desk.database.run("DELETE FROM rag_index_queue");
  WorkerOptions settings = desk.options();
  settings.drain = false;
  settings.poll_interval = 100ms;
  Worker worker(desk.pipeline, settings);
  worker.start();
  eventually("the worker is idle",
             [&] { return desk.database.number("SELECT count(*) FROM rag_workers WHERE idle") == 1; });
  const std::string source = "'" + testing::uuid(1).to_string() + "'";
  desk.database.run("BEGIN");
  desk.database.run("INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) VALUES (" +
                    source + ", 'ticket', " + source + ", 'upsert')");
  desk.database.run("PREPARE TRANSACTION 'plain'");
  CHECK(worker.counters().done == 0);
  desk.database.run("COMMIT PREPARED 'plain'");
  eventually("it is served", [&] { return worker.counters().done == 1; });
  eventually("the worker is idle",
             [&] { return desk.database.number("SELECT count(*) FROM rag_workers WHERE idle") == 1; });

  // The function notifies who sleeps, which PostgreSQL refuses here: the manual says so.
  desk.database.run("BEGIN");
  desk.database.run("SELECT rag_enqueue_index(" + source + ", 'ticket', " + source + ")");
  CHECK_THROWS_MATCHES(desk.database.run("PREPARE TRANSACTION 'notified'"), Error,
                       MessageMatches(ContainsSubstring("NOTIFY")));
}
