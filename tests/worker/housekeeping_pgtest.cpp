// What a worker does for others and for the tables, beside its own jobs, and what stops none of it.

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "helpdesk.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/grants.hpp"
#include "ragqueue/lease.hpp"
#include "recorded_log.hpp"
#include "support/cluster_directory.hpp"
#include "support/eventually.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::eventually;
using testing::Helpdesk;

namespace {

/// A worker that beats often, and a database whose owner has added something.
struct Housed : Helpdesk {
  testing::RecordedLog log;

  [[nodiscard]] WorkerOptions quick() {
    WorkerOptions quick = options();
    quick.drain = false;
    quick.heartbeat_interval = 100ms;
    quick.log = log.log();
    return quick;
  }

  /// As many jobs as stand in the queue are held by a worker that is dead.
  void leave_to_dead_worker() const {
    const std::int64_t dead = register_worker(database.get(), "dead", 1, 1ms);
    (void)Queue(database.get()).claim(dead, 100);
  }

  void refuse_deletes_from(const std::string& table) const {
    database.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not in my house'; END "
        "$$;"
        "CREATE TRIGGER refuse BEFORE DELETE ON " +
        table + " FOR EACH STATEMENT EXECUTE FUNCTION refuse()");
  }

  [[nodiscard]] std::string last_beat() const {
    return database.text("SELECT max(heartbeat_at) FROM rag_workers");
  }

  void wait_for_beats(int wanted) const {
    for (std::string last = last_beat(); wanted > 0; --wanted) {
      eventually("a heartbeat", [&] { return last_beat() != last; });
      last = last_beat();
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Housed, "a rescue that fails stops neither the lease nor new work, and is named once",
                 "[housekeeping][promise-14]") {
  refuse_deletes_from("rag_workers");
  Worker worker(pipeline, quick());
  worker.start();
  log.wait_for("rescue fails: not in my house");
  wait_for_beats(5);
  write(1, "Printer", "jam");
  eventually("a job done", [&] { return worker.counters().done == 1; });
  database.run("DROP TRIGGER refuse ON rag_workers");
  log.wait_for("rescue works again");
  CHECK(log.count("rescue fails") == 1);
  CHECK(log.count("lease") == 0);
}

TEST_CASE_METHOD(Housed, "a purge or a sweep that fails stops no rescue", "[housekeeping][promise-14]") {
  const std::string table = GENERATE("rag_index_queue_archive", "rag_index_queue");
  write(1, "Printer", "jam");
  leave_to_dead_worker();
  refuse_deletes_from(table);
  Worker worker(pipeline, quick());
  worker.start();
  eventually("the rescue", [&] { return statuses() != "running"; });
  CHECK(log.count("lease") == 0);
}

TEST_CASE_METHOD(Housed, "a table that is locked for longer than a lease costs no lease",
                 "[housekeeping][promise-14]") {
  Worker worker(pipeline, quick());
  worker.start();
  const testing::Database holder(database.conninfo());
  holder.run("BEGIN; LOCK TABLE rag_index_queue");
  log.wait_for("rescue fails");
  wait_for_beats(5);
  holder.run("ROLLBACK");
  log.wait_for("rescue works again");
  CHECK(log.count("lease") == 0);
}

TEST_CASE_METHOD(
    Housed, "a role that loses its policies or rights while it works is told so, and when it has them again",
    "[housekeeping][promise-14]") {
  database.run("DO $$ BEGIN CREATE ROLE housed LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  const std::string rights =
      grants(database.get(), "housed", Duty::work) + "; GRANT SELECT ON tickets TO housed";
  database.run(rights);
  WorkerOptions least = quick();
  least.conninfo += " user=housed";
  Worker worker(pipeline, least);
  worker.start();
  write(1, "Printer", "jam");
  eventually("a job done", [&] { return worker.counters().done == 1; });
  database.run("DROP POLICY rag_work_housed ON rag_index_queue");
  log.wait_for("the check of this role's rights fails: the role housed lacks a policy");
  write(2, "Printer", "jam");
  database.run(rights);
  log.wait_for("the check of this role's rights works again");
  eventually("the next job done", [&] { return worker.counters().done == 2; });
}

TEST_CASE_METHOD(Housed, "a publication for all tables stops no rescue", "[housekeeping][promise-14]") {
  for (unsigned number = 1; number <= 3; ++number) write(number, "t" + std::to_string(number), "text");
  leave_to_dead_worker();
  database.run("CREATE PUBLICATION everything FOR ALL TABLES");
  Worker worker(pipeline, quick());
  worker.start();
  eventually("all done", [&] { return worker.counters().done == 3; });
  worker.stop();
  database.run("DROP PUBLICATION everything");
  CHECK(log.count("rescue fails") == 0);
}

TEST_CASE("an outage of the database is told by four consumers in one voice", "[housekeeping][promise-14]") {
  const testing::ClusterDirectory directory("outage");
  auto server = std::make_unique<testing::PrivatePostgres>(directory.path());
  testing::RecordedLog log;
  WorkerOptions options;
  {
    const Helpdesk desk(server->new_schema());
    options = desk.options();
    options.concurrency = 4;
    options.drain = false;
    options.heartbeat_interval = 100ms;
    options.log = log.log();
    for (unsigned number = 1; number <= 20; ++number) desk.write(number, "t", "text");
    Worker worker(desk.pipeline, options);
    worker.start();
    log.wait_for("started");
    server->stop();
    log.wait_for("the database connection fails");
    log.wait_for("the lease is over");
    server = std::make_unique<testing::PrivatePostgres>(directory.path());
    log.wait_for("the database connection works again");
    eventually("all done", [&] {
      return testing::Database(options.conninfo)
                 .number("SELECT count(*) FROM rag_index_queue WHERE status <> 'done'") == 0;
    });
    worker.stop();
  }
  INFO(log.text());
  CHECK(log.count("the database connection fails") == 1);
  CHECK(log.count("renewal") == 0);
  CHECK(log.count() <= 8);
}

TEST_CASE("an embedder whose words the database cannot hold costs no lease", "[housekeeping][promise-14]") {
  const Connection admin(testing::server().conninfo());
  pg::execute_script(
      admin.get(), "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  const Helpdesk desk(testing::server().conninfo() + " dbname=latin");
  std::atomic<bool> down = true;
  desk.embedder->before_call = [&](auto) {
    if (down) throw Error(Fault::outage, "\u8f93\u5165 \u2013 overloaded\u2026");
  };
  desk.write(1, "Printer", "jam");
  testing::RecordedLog log;
  WorkerOptions options = desk.options();
  options.heartbeat_interval = 100ms;
  options.log = log.log();
  Worker worker(desk.pipeline, options);
  worker.start();
  log.wait_for("the embedder is down");
  eventually("the outage is told", [&] {
    return desk.database.number("SELECT count(*) FROM rag_workers WHERE embedder_down_since IS NOT NULL") ==
           1;
  });
  down = false;
  worker.wait();
  CHECK(worker.counters().done == 1);
  CHECK(log.count("lease") == 0);
}
