#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <mutex>

#include "helpdesk.hpp"
#include "support/pgbouncer.hpp"

using namespace ragqueue;
using testing::Helpdesk;
using testing::Pgbouncer;

namespace {

/// A database of its own, since a pooler passes no search_path on.
std::string new_database(const std::string& name) {
  const Connection admin(testing::server().conninfo());
  pg::execute_script(admin.get(), "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  pg::execute_script(admin.get(), "CREATE DATABASE " + name);
  return testing::server().conninfo() + " dbname=" + name;
}

std::string server_directory() {
  const Connection connection(testing::server().conninfo());
  return pg::execute(connection.get(), "SELECT trim('\"' FROM current_setting('unix_socket_directories'))")
      .get<std::string>(0, 0);
}

class Warnings {
 public:
  Log log() {
    return [this](const LogEntry& entry) {
      const std::scoped_lock lock(mutex_);
      if (entry.level == LogLevel::warning) messages_.push_back(entry.message);
    };
  }
  [[nodiscard]] auto about(std::string_view part) const {
    return std::ranges::count_if(
        messages_, [&](const std::string& message) { return message.find(part) != std::string::npos; });
  }
  [[nodiscard]] std::size_t count() const { return messages_.size(); }

 private:
  std::mutex mutex_;
  std::vector<std::string> messages_;
};

}  // namespace

TEST_CASE("through PgBouncer in transaction mode all is done, and polled for, which is said once",
          "[pooler][promise-12]") {
  const Helpdesk helpdesk(new_database("transaction_pooled"));
  const Pgbouncer pooler("transaction", server_directory(), "transaction_pooled");
  Warnings warnings;
  WorkerOptions options = helpdesk.options();
  options.conninfo = pooler.conninfo();
  options.concurrency = 4;
  options.batch = 3;
  options.vector_index_from = 60;
  options.log = warnings.log();
  for (unsigned number = 1; number <= 60; ++number)
    helpdesk.write(number, "t" + std::to_string(number), "text");
  CHECK(helpdesk.drain(options).done == 60);
  CHECK(warnings.about("pooler") == 1);
  CHECK(warnings.count() == 1);
  CHECK(helpdesk.database.number("SELECT count(*) FROM rag_documents") == 60);
  CHECK(vector_index(helpdesk.database.get()) == VectorIndex::ready);

  SECTION("an enqueue notifies nobody, since nobody would hear it") {
    options.drain = false;
    options.poll_interval = std::chrono::milliseconds(20);
    Worker worker(helpdesk.pipeline, options);
    worker.start();
    helpdesk.write(61, "late", "text");
    while (helpdesk.database.number("SELECT count(*) FROM rag_index_queue WHERE status <> 'done'") > 0)
      std::this_thread::yield();
    CHECK(helpdesk.database.number("SELECT count(*) FROM rag_workers WHERE idle") == 0);
  }
  SECTION("no limit of ours stays on the pooler's sessions") {
    const Connection other(pooler.conninfo());
    CHECK(pg::execute(other.get(),
                      "SELECT current_setting('lock_timeout') || current_setting('statement_timeout') || "
                      "current_setting('maintenance_work_mem')")
              .get<std::string>(0, 0) == "0064MB");
  }
}

TEST_CASE("through PgBouncer in session mode an idle worker is notified", "[pooler]") {
  const Helpdesk helpdesk(new_database("session_pooled"));
  const Pgbouncer pooler("session", server_directory(), "session_pooled");
  Warnings warnings;
  WorkerOptions options = helpdesk.options();
  options.conninfo = pooler.conninfo();
  options.drain = false;
  options.poll_interval = std::chrono::hours(1);
  options.log = warnings.log();
  Worker worker(helpdesk.pipeline, options);
  worker.start();
  while (!helpdesk.database.number("SELECT count(*) FROM rag_workers WHERE idle")) std::this_thread::yield();
  helpdesk.write(1, "Printer", "jam");
  while (helpdesk.index() == "NULL") std::this_thread::yield();
  worker.stop();
  CHECK(warnings.count() == 0);
}

TEST_CASE("a consumer's own session keeps what it runs most, and may be made to forget it", "[pooler]") {
  /// Looks at the consumer's session, and leaves it bare.
  class Discarding final : public SourceFetcher {
   public:
    [[nodiscard]] std::vector<Document> fetch(pg_conn* connection, const Uuid& /*organization*/,
                                              std::string_view /*type*/,
                                              std::span<const Uuid> /*ids*/) const override {
      kept.push_back(
          pg::execute(connection, "SELECT count(*) FROM pg_prepared_statements").get<std::int64_t>(0, 0));
      pg::execute_script(connection, "DISCARD ALL");
      return {};
    }
    mutable std::vector<std::int64_t> kept{};
  };
  Helpdesk helpdesk;
  const auto discarding = std::make_shared<const Discarding>();
  helpdesk.pipeline.sources = discarding;
  for (unsigned number = 1; number <= 2; ++number) helpdesk.write(number, "t", "text");
  WorkerOptions options = helpdesk.options();
  options.concurrency = 1;
  options.batch = 1;
  CHECK(helpdesk.drain(options).done == 2);
  CHECK(discarding->kept == std::vector<std::int64_t>{4, 0});
}
