#include <catch2/catch_test_macros.hpp>

#include "claims.hpp"
#include "ragqueue/error.hpp"

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
                 "a job that the owner's index keeps from waiting again gives way to the newer request") {
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

TEST_CASE_METHOD(OnePending, "an older request gives way to the job that is to wait again") {
  database.run("UPDATE rag_index_queue SET seq = 0 WHERE status = 'pending'");
  CHECK(queue.release(jobs) == 3);
  CHECK(statuses() == "done pending pending pending");
  finish_all();
}

TEST_CASE_METHOD(OnePending, "a row that a trigger of the owner's keeps as it is holds up no other") {
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

TEST_CASE_METHOD(OnePending,
                 "a failed job that is retried beside a newer request of its source is superseded by it") {
  CHECK(queue.fail(std::vector{Failure{.job = jobs[1], .message = "no", .permanent = true}}, {}).size() == 1);
  CHECK(queue.retry_failed({}) == 0);
  CHECK(statuses() == "running done running pending");
}
