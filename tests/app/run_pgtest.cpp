#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <ragqueue/testing/postgres.hpp>
#include <stdexcept>

#include "helpdesk.hpp"
#include "program.hpp"
#include "support/cluster_directory.hpp"
#include "support/temporary_directory.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;
using program::Program;

namespace {

/// What systemd would listen on. Messages wait in it until they are read.
class NotifySocket {
 public:
  NotifySocket() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = path();
    std::copy(name.begin(), name.end(), address.sun_path);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("bind");
    }
  }
  ~NotifySocket() { close(socket_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] std::string path() const { return directory_.path() / "notify"; }

  [[nodiscard]] std::string next() const {
    std::array<char, 256> buffer{};
    const ssize_t count = recv(socket_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }

 private:
  ragqueue::testing::TemporaryDirectory directory_;
  int socket_;
};

void enqueue_all(const Helpdesk& desk) {
  std::string lines;
  for (const auto& id : {Helpdesk::paper_jam, Helpdesk::wifi, Helpdesk::backup}) {
    lines += fmt::format("{} kb {}\n", Helpdesk::org, id);
  }
  CHECK(desk.json({"enqueue", "--stdin"}, lines).at("enqueued") == 3);
}

/// `run` over articles that cannot be read yet, since reading one waits for the test, up to where it has
/// claimed a batch.
class StuckWorker {
 public:
  StuckWorker(Helpdesk& desk, std::vector<std::string> options)
      : desk_(desk), program_(start(desk, std::move(options))) {
    while (desk.json({"status"}).at("running") == 0) continue;
  }

  /// Signals, and returns when the worker has taken note.
  void signal(const std::string& answer) {
    program_.signal(SIGTERM);
    while (socket_.next() != answer) continue;
  }

  /// Sends SIGHUP, and returns when the worker has taken note.
  void hang_up() {
    program_.signal(SIGHUP);
    program_.wait_for("SIGHUP");
  }

  /// Lets the articles be read, and returns what the worker counted in the end.
  nlohmann::json release() {
    desk_.sql("SELECT pg_advisory_unlock(1)");
    const auto outcome = program_.wait();
    INFO(outcome.errors);
    CHECK(outcome.exit_code == 0);
    return nlohmann::json::parse(outcome.output);
  }

 private:
  program::Start start(Helpdesk& desk, std::vector<std::string> options) {
    CHECK(desk.json({"init"}).is_object());
    enqueue_all(desk);
    // Not by a lock on the table: a source query gives up on that soon.
    desk.sql(
        "CREATE FUNCTION test_lets_read() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
        "WHILE NOT pg_try_advisory_xact_lock_shared(1) LOOP PERFORM pg_sleep(0.01); END LOOP; "
        "RETURN true; END $$");
    desk.sql("ALTER TABLE kb_articles RENAME TO all_articles");
    desk.sql("CREATE VIEW kb_articles AS SELECT * FROM all_articles WHERE test_lets_read()");
    desk.sql("SELECT pg_advisory_lock(1)");
    options.insert(options.begin(), "run");
    auto call = desk.start(std::move(options));
    call.environment = {{"NOTIFY_SOCKET", socket_.path()}};
    return call;
  }

  NotifySocket socket_;
  Helpdesk& desk_;
  Program program_;
};

}  // namespace

TEST_CASE("systemd is told when the worker is ready, alive and stopping") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  const NotifySocket socket;
  auto start = desk.start({"run"});
  start.environment = {{"NOTIFY_SOCKET", socket.path()}, {"WATCHDOG_USEC", "200000"}};
  Program worker(start);
  CHECK(socket.next() == "READY=1");
  CHECK(socket.next() == "WATCHDOG=1");
  CHECK(socket.next() == "WATCHDOG=1");
  worker.signal(SIGTERM);
  std::string last;
  while (last != "STOPPING=1") last = socket.next();
  CHECK(worker.wait().exit_code == 0);
}

TEST_CASE("SIGINT and SIGTERM end an idle worker with exit code 0, and it signs off") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  for (const int signal : {SIGINT, SIGTERM}) {
    const NotifySocket socket;
    auto start = desk.start({});
    start.environment = {{"NOTIFY_SOCKET", socket.path()}};
    Program worker(start);
    CHECK(socket.next() == "READY=1");
    CHECK(desk.json({"status"}).at("workers").size() == 1);
    worker.signal(signal);
    const auto outcome = worker.wait();
    CHECK(outcome.exit_code == 0);
    CHECK(nlohmann::json::parse(outcome.output).at("done") == 0);
    CHECK(desk.json({"status"}).at("workers").empty());
  }
}

TEST_CASE("a look at the sources that takes long delays no stop") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  desk.sql(
      "CREATE FUNCTION planned_slowly() RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM "
      "pg_sleep(60); "
      "RETURN 1; END'");
  desk.sql("ALTER TABLE kb_articles RENAME TO all_articles");
  desk.sql(
      "CREATE VIEW kb_articles AS SELECT id, organization_id, planned_slowly() AS title, content, visibility "
      "FROM all_articles");
  Program worker(desk.start({"run"}));
  while (desk.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "0") continue;
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.errors, !ContainsSubstring("the query of source"));
}

TEST_CASE("SIGTERM lets what is in flight finish, and claims no more") {
  Helpdesk desk;
  StuckWorker worker(desk, {"--batch", "1"});
  worker.signal("STOPPING=1");
  CHECK(worker.release().at("done") == 1);
  const auto status = desk.json({"status"});
  CHECK(status.at("done") == 1);
  CHECK(status.at("pending") == 2);
  CHECK(status.at("running") == 0);
}

TEST_CASE("out of grace, what is in flight is given back") {
  Helpdesk desk;
  StuckWorker worker(desk, {"--grace", "0"});
  worker.signal("STOPPING=1");
  CHECK(worker.release().at("released") == 3);
  CHECK(desk.json({"status"}).at("pending") == 3);
}

TEST_CASE("a second SIGTERM gives back what is in flight") {
  Helpdesk desk;
  StuckWorker worker(desk, {"--grace", "600"});
  worker.signal("STOPPING=1");
  worker.signal("STATUS=giving back what is in flight");
  CHECK(worker.release().at("released") == 3);
  CHECK(desk.json({"status"}).at("pending") == 3);
}

TEST_CASE("a terminal shows progress on one line, and failures above it") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  enqueue_all(desk);
  CHECK(desk.json({"enqueue", Helpdesk::org, "page", Helpdesk::wifi}).contains("id"));
  Program worker({.arguments = {"--database", desk.conninfo(), "--max-attempts", "1"}, .terminal = true});
  worker.wait_for("waiting 0 | failed 1");
  worker.signal(SIGINT);
  const auto outcome = worker.wait();
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, ContainsSubstring("job failed") && ContainsSubstring("source_type=page"));
  CHECK_THAT(outcome.output, ContainsSubstring("\r\x1b[Kdone 3 | "));
  CHECK_THAT(outcome.output, ContainsSubstring("3 done, 0 retried, 1 failed"));
}

TEST_CASE("without a terminal there is one log line at start, one at stop and one for each failure") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  enqueue_all(desk);
  CHECK(desk.json({"enqueue", Helpdesk::org, "page", Helpdesk::wifi}).contains("id"));
  const auto outcome = program::run(desk.start({"run", "--drain", "--max-attempts", "1"}));
  CHECK(outcome.exit_code == 4);
  CHECK(std::count(outcome.errors.begin(), outcome.errors.end(), '\n') == 3);
  CHECK_THAT(outcome.errors, ContainsSubstring("started") && ContainsSubstring("job failed") &&
                                 ContainsSubstring("source_type=page") && ContainsSubstring("stopped"));
}

TEST_CASE("a database that is down at start is waited for, and readiness with it") {
  const ragqueue::testing::ClusterDirectory directory;
  auto server = std::make_unique<ragqueue::testing::PrivatePostgres>(directory.path());
  const std::string conninfo = server->conninfo();
  CHECK(program::run({.arguments = {"--database", conninfo, "init"}}).exit_code == 0);
  server->stop();
  const NotifySocket socket;
  Program worker(
      {.arguments = {"--database", conninfo, "run"}, .environment = {{"NOTIFY_SOCKET", socket.path()}}});
  CHECK_THAT(socket.next(), ContainsSubstring("STATUS=waiting: the database"));
  worker.wait_for("waiting: the database");
  server = std::make_unique<ragqueue::testing::PrivatePostgres>(directory.path());
  CHECK(socket.next() == "STATUS=indexing");
  CHECK(socket.next() == "READY=1");
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  CHECK(outcome.exit_code == 0);
  INFO(outcome.errors);
  CHECK_THAT(outcome.errors, ContainsSubstring("the database is there, after"));
  CHECK(std::count(outcome.errors.begin(), outcome.errors.end(), '\n') == 4);
}

TEST_CASE("a worker that waits for its database stops when told to") {
  const NotifySocket socket;
  Program worker({.arguments = {"--database", "host=/nonexistent/directory", "run"},
                  .environment = {{"NOTIFY_SOCKET", socket.path()}}});
  CHECK_THAT(socket.next(), ContainsSubstring("STATUS=waiting: the database"));
  worker.signal(SIGHUP);
  worker.signal(SIGTERM);
  CHECK(worker.wait().exit_code == 0);
}

TEST_CASE("SIGHUP ends no worker, and its jobs go on") {
  Helpdesk desk;
  StuckWorker worker(desk, {});
  worker.hang_up();
  worker.signal("STOPPING=1");
  CHECK(worker.release().at("done") == 3);
}

TEST_CASE("a log that cannot be written ends no worker, and holds up no stop") {
  Helpdesk desk;
  CHECK(desk.json({"init"}).is_object());
  enqueue_all(desk);
  // The last two: a pipe that nobody reads any more, and one that is full.
  const std::string log = GENERATE("2>/dev/full", "2>&-", "2> >(exec true)", "2> >(exec sleep 30 >&- 2>&-)");
  const std::string fill = log.find("sleep") == std::string::npos ? "" : "head -c 65536 /dev/zero >&2; ";
  CAPTURE(log);
  const auto outcome = program::run(
      {.arguments = {"-c", fmt::format("{{ {}{} run --drain --json; }} {}", fill, RAG_WORKER_PROGRAM, log)},
       .environment = {{"RAGQUEUE_DATABASE", desk.conninfo()}},
       .program = "/bin/bash"});
  CHECK(outcome.exit_code == 0);
  CHECK(nlohmann::json::parse(outcome.output).at("done") == 3);
}
