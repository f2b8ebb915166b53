#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <future>

#include "claims.hpp"
#include "queue/retention.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/schema.hpp"
#include "support/eventually.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Claims;
using testing::ticket;
using testing::uuid;

namespace {

/// An index that the owner made after init, against two pending requests for one source; three jobs run, and
/// there is a newer request for the second one.
struct OnePending : Claims {
  OnePending() {
    database.run(
        "CREATE UNIQUE INDEX one_pending ON rag_index_queue (organization_id, source_type, source_id) WHERE "
        "status = "
        "'pending'");
    for (unsigned number = 1; number <= 3; ++number) enqueue(ticket(number));
    jobs = claim();
    REQUIRE(jobs.size() == 3);
    enqueue(ticket(2));
  }
  void finish_all() {
    for (std::vector<Job> more = claim(); !more.empty(); more = claim()) queue.complete(more);
    CHECK(queue.finished());
  }
  std::vector<Job> jobs;
};

}  // namespace

TEST_CASE_METHOD(OnePending,
                 "a job that the owner's index keeps from waiting again gives way to the newer request",
                 "[promise-1][promise-14]") {
  SECTION("when its worker vanished") {
    database.run("UPDATE rag_workers SET heartbeat_at = now() - interval '1 day', lease = '0'");
    CHECK(rescue(database.get()) == 3);
    CHECK(statuses() == "pending done pending pending");
    CHECK(database.text("SELECT array_agg(rescues ORDER BY seq) FROM ONLY rag_index_queue") == "{1,1,1}");
    worker = register_worker(database.get(), "here", 2, 60s);
  }
  SECTION("when it is given back") {
    CHECK(queue.release(jobs) == 3);
    CHECK(statuses() == "pending done pending pending");
  }
  SECTION("when it is to be tried again") {
    std::vector<Failure> failures;
    for (const Job& job : jobs) failures.push_back({.job = job, .message = "no"});
    CHECK(queue.fail(failures, {.base = 1h, .limit = 1h}).size() == 3);
    CHECK(statuses() == "pending done pending pending");
    database.run("UPDATE rag_index_queue SET run_at = NULL");
  }
  SECTION("when its worker leaves") {
    unregister_worker(database.get(), worker);
    CHECK(statuses() == "pending done pending pending");
    worker = register_worker(database.get(), "here", 2, 60s);
  }
  SECTION("in a transaction of the caller's") {
    database.run("BEGIN");
    CHECK(queue.release(jobs) == 3);
    database.run("COMMIT");
    CHECK(statuses() == "pending done pending pending");
  }
  finish_all();
  CHECK(database.text("SELECT superseded_by IS NOT NULL FROM rag_index_queue WHERE id = '" +
                      jobs[1].id.to_string() + "'") == "true");
}

TEST_CASE_METHOD(OnePending, "an older request gives way to the job that is to wait again", "[promise-14]") {
  database.run("UPDATE rag_index_queue SET seq = 0 WHERE status = 'pending'");
  CHECK(queue.release(jobs) == 3);
  CHECK(statuses() == "done pending pending pending");
  finish_all();
}

TEST_CASE_METHOD(OnePending, "a row that a trigger of the owner's keeps as it is holds up no other",
                 "[promise-14]") {
  database.run(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; "
      "END $$;"
      "CREATE TRIGGER refuse BEFORE UPDATE ON rag_index_queue FOR EACH ROW WHEN (OLD.source_id = '" +
      uuid(1).to_string() + "') EXECUTE FUNCTION refuse()");
  database.run("UPDATE rag_workers SET heartbeat_at = now() - interval '1 day', lease = '0'");
  CHECK(rescue(database.get()) == 2);
  CHECK(statuses() == "running done pending pending");
  CHECK(list_workers(database.get()).empty());
}

namespace {

/// The second job has failed, and is to be tried again. Its row is still in the queue, has moved to the
/// archive, or stays where it is for ever.
struct FailedBesidePending : OnePending {
  FailedBesidePending() {
    const std::string row = GENERATE("in the queue", "archived", "in place");
    if (row == "in place") {
      database.run(
          "CREATE TABLE note (job uuid REFERENCES rag_index_queue)");  // needs finished rows where they are
      create_or_upgrade_schema(database.get(), testing::WordEmbedder{});
    }
    CHECK(queue.fail(std::vector{Failure{.job = jobs[1], .message = "no", .permanent = true}}, {}).size() ==
          1);
    if (row == "archived") pg::sweep(database.get());
  }
  [[nodiscard]] std::string superseded_by(const std::string& status) const {
    return database.text("SELECT superseded_by FROM rag_index_queue WHERE status = '" + status + "'");
  }
};

}  // namespace

TEST_CASE_METHOD(FailedBesidePending,
                 "a failed job that is retried beside a newer request of its source is superseded by it",
                 "[promise-14]") {
  CHECK(queue.retry_failed({}) == 0);
  CHECK(statuses() == "running done running pending");
  CHECK(superseded_by("done") == database.text("SELECT id FROM rag_index_queue WHERE status = 'pending'"));
}

TEST_CASE_METHOD(FailedBesidePending,
                 "a failed job that is retried beside an older request of its source supersedes that",
                 "[promise-14]") {
  database.run("UPDATE rag_index_queue SET seq = 0 WHERE status = 'pending'");
  CHECK(queue.retry_failed({}) == 1);
  CHECK(statuses() == "done running pending running");
  CHECK(superseded_by("done") == jobs[1].id.to_string());
}

TEST_CASE_METHOD(FailedBesidePending,
                 "a failed job that is retried while a newer request is being committed is superseded by it",
                 "[promise-14]") {
  database.run("DELETE FROM rag_index_queue WHERE status = 'pending'");
  const Connection application = database.connect();
  pg::execute_script(application.get(), "BEGIN");
  enqueue_index(application.get(), ticket(2));
  const Connection other = database.connect();
  auto retried = std::async(std::launch::async, [&] { return Queue(other.get()).retry_failed({}); });
  testing::eventually("the retry waits for it", [&] {
    return database.number("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted") >
           0;
  });
  pg::execute_script(application.get(), "COMMIT");
  CHECK(retried.get() == 0);
  CHECK(statuses() == "running done running pending");
}

TEST_CASE_METHOD(FailedBesidePending,
                 "one of many failed jobs that is superseded keeps no other from being retried",
                 "[promise-14]") {
  CHECK(queue
            .fail(std::vector{Failure{.job = jobs[0], .message = "no", .permanent = true},
                              Failure{.job = jobs[2], .message = "no", .permanent = true}},
                  {})
            .size() == 2);
  database.run("UPDATE rag_index_queue SET seq = 0 WHERE status = 'pending'");
  CHECK(queue.retry_failed({}) == 3);
  finish_all();
}
