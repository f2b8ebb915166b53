#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <random>

#include "claims.hpp"
#include "queue/retention.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/grants.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Claims;
using testing::Database;
using testing::ticket;
using testing::uuid;

namespace {

/// Rows of organization 2 that whoever owns the table, or may insert all its columns, wrote by hand; and good
/// ones of organization 1.
struct Hostile : Claims {
  void insert(const std::string& columns, const std::string& values, const std::string& type = "kb") const {
    database.run(
        fmt::format("INSERT INTO rag_index_queue (organization_id, source_type, source_id, action{}) VALUES "
                    "('{}', '{}', gen_random_uuid(), 'upsert'{})",
                    columns, uuid(2).to_string(), type, values));
  }
  void set(const std::string& what) const {
    database.run("UPDATE rag_index_queue SET " + what + " WHERE organization_id = '" + uuid(2).to_string() +
                 "'");
  }
  /// What a worker does, round after round: every job of organization 1 is done, every other one fails.
  /// Returns whether nothing is left to do.
  bool drain(int rounds) {
    for (int round = 0; round < rounds && !queue.finished(); ++round) {
      rescue(database.get());
      pg::sweep(database.get());
      for (std::vector<Job> jobs = claim(); !jobs.empty(); jobs = claim()) {
        for (const Job& job : jobs) {
          if (job.request.source.organization_id == uuid(1)) {
            queue.complete(std::span(&job, 1));
          } else {
            CHECK(queue.fail(std::vector{Failure{.job = job, .message = "no"}}, {.base = 1ms, .limit = 1ms})
                      .size() == 1);
          }
        }
        database.run(
            "UPDATE rag_index_queue SET run_at = now() WHERE run_at BETWEEN now() AND now() + interval '1 "
            "min'");
      }
    }
    (void)queue.counts();
    (void)list_workers(database.get());
    return queue.finished();
  }
  [[nodiscard]] std::int64_t done_of(unsigned organization) const {
    return database.number(
        fmt::format("SELECT count(*) FROM rag_index_queue WHERE status = 'done' AND organization_id = '{}'",
                    uuid(organization).to_string()));
  }
};

}  // namespace

TEST_CASE_METHOD(Hostile, "no value that a row is inserted with holds up anything but that row",
                 "[promise-1]") {
  const auto good = 20U;
  for (unsigned number = 1; number <= good; ++number) enqueue(ticket(number));
  const std::int64_t dead = register_worker(database.get(), "there", 2, 0ms);
  const std::int64_t last = database.number("SELECT max(id) FROM rag_workers");
  REQUIRE(Queue(database.get()).claim(dead, 5).size() == 5);
  insert(", status, rescues", ", 'running', 2147483647");
  insert(", status, rescues", ", 'running', -2147483648");
  for (std::int64_t id = 1; id <= last; ++id)
    insert(", status, worker_id, token", fmt::format(", 'running', {}, {}", id, id));
  insert(", attempts, priority", ", 2147483647, 2147483647", "nosuch");
  insert(", attempts, priority", ", -2147483648, -2147483648", "nosuch");
  insert(", rescues", ", 2147483647");
  insert(", run_at", ", 'infinity'");
  insert(", run_at", ", '-infinity'");
  insert(", created_at, updated_at", ", 'infinity', '-infinity'");
  insert(", created_at", ", '-infinity'");
  insert(", created_at, seq", ", '294276-01-01', 9223372036854775807");
  insert(", seq, token", ", -9223372036854775808, 9223372036854775807");
  insert(", superseded_by", ", gen_random_uuid()");
  CHECK(drain(8));
  CHECK(done_of(1) == good);
  CHECK(queue.counts().pending == 0);
  CHECK(queue.retry_failed({}) > 0);
  CHECK(drain(8));
}

TEST_CASE_METHOD(Hostile, "no value that a row is updated to by hand holds up anything but that row",
                 "[promise-1]") {
  for (unsigned number = 1; number <= 5; ++number) enqueue(ticket(number));
  insert("", "");
  SECTION("running under a worker that lives, by no claim") {
    set("status = 'running', worker_id = " + std::to_string(worker));
  }
  SECTION("running, and lost more workers than can be counted") {
    set("status = 'running', rescues = 2147483647, token = 5");
  }
  SECTION("running, between two attempts") {
    set("status = 'running', run_at = now() + interval '1 hour'");
  }
  SECTION("due never") {
    set("run_at = 'infinity'");
  }
  SECTION("due in a hundred years") {
    set("run_at = now() + interval '100 years'");
  }
  SECTION("attempts at their end") {
    set("attempts = 2147483647");
  }
  SECTION("attempts below nothing") {
    set("attempts = -2147483648");
  }
  SECTION("the most urgent that an integer says") {
    set("priority = 2147483647");
  }
  SECTION("of no time") {
    set("created_at = 'infinity', updated_at = 'infinity'");
  }
  CHECK(drain(8));
  CHECK(done_of(1) == 5);
  CHECK(database.text("SELECT string_agg(DISTINCT status, ' ') FROM rag_index_queue") == "done failed");
}

TEST_CASE_METHOD(Hostile,
                 "a row that is no request fails alone, with its column and value, and stops no claim",
                 "[promise-1]") {
  const std::string off = "ALTER TABLE rag_index_queue DROP CONSTRAINT rag_index_queue_request";
  const std::string on =
      "ALTER TABLE rag_index_queue ADD CONSTRAINT rag_index_queue_request CHECK "
      "(rag_check_request(source_type, "
      "action, status)) NO INHERIT NOT VALID";
  std::string message = "action is 'nonsense', and must be upsert or delete";
  database.run(off);
  insert("", "");
  for (unsigned number = 1; number <= 3; ++number) enqueue(ticket(number));
  SECTION("the oldest") {
    set("action = 'nonsense', created_at = '-infinity'");
  }
  SECTION("between two attempts") {
    set("action = 'nonsense', run_at = now()");
  }
  SECTION("beside good ones of its source") {
    set("action = 'nonsense'");
    database.run("UPDATE rag_index_queue SET organization_id = '" + uuid(1).to_string() +
                 "', source_type = 'ticket', "
                 "source_id = '" +
                 uuid(2).to_string() + "' WHERE action = 'nonsense'");
    enqueue(ticket(2));
  }
  SECTION("of no source type") {
    set("source_type = ''");
    message = "source_type is empty";
  }
  SECTION("ten thousands of them") {
    database.run("INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) SELECT '" +
                 uuid(2).to_string() +
                 "', 'kb', gen_random_uuid(), 'nonsense' FROM generate_series(1, 25000)");
    set("action = 'nonsense'");
  }
  database.run(on);
  CHECK(claim().size() == 3);
  (void)claim();
  CHECK(database.text(
            "SELECT string_agg(DISTINCT last_error, '; ') FROM rag_index_queue WHERE status = 'failed'") ==
        message);
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE status = 'pending'") == 0);
  pg::sweep(database.get());
  CHECK(queue.retry_failed({}) == 0);
}

TEST_CASE_METHOD(Hostile, "a priority outside the bounds counts as the nearest one within") {
  enqueue(ticket(1, Action::upsert, 100));
  insert(", priority", ", 2147483647");
  enqueue(ticket(2, Action::upsert, 0));
  insert(", priority", ", -5");
  const std::vector<Job> jobs = claim();
  REQUIRE(jobs.size() == 4);
  CHECK(jobs[0].request.source.source_id == uuid(1));
  CHECK(jobs[1].request.priority == 100);
  CHECK(jobs[2].request.source.source_id == uuid(2));
  CHECK(jobs[3].request.priority == 0);
}

TEST_CASE_METHOD(Hostile, "whatever an enqueuer inserts, the jobs of others are done", "[property]") {
  const std::string role = "random_enqueuer";
  database.run(
      "DO $$ BEGIN CREATE ROLE random_enqueuer LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  database.run(grants(database.get(), role, Duty::enqueue));
  // As before `grants` knew columns: the policy and the functions alone must hold.
  database.run("GRANT INSERT ON rag_index_queue TO random_enqueuer");
  const Database enqueuer(database.conninfo() + " user=" + role);
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  const auto any = [&](const std::vector<std::string>& values) {
    return values[std::uniform_int_distribution<std::size_t>(0, values.size() - 1)(random)];
  };
  const std::vector<std::string> numbers{"0", "1", "-1", "2147483647", "-2147483648", "NULL", "1000", "100"};
  const std::vector<std::string> times{"now()",
                                       "'infinity'",
                                       "'-infinity'",
                                       "NULL",
                                       "'0001-01-01'",
                                       "'294276-01-01'",
                                       "now() + interval '1 year'"};
  std::int64_t accepted = 0;
  for (unsigned number = 1; number <= 300; ++number) {
    const std::string statement = fmt::format(
        "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, priority, status, "
        "attempts, "
        "created_at, updated_at, run_at, token, worker_id, rescues, seq) VALUES ('{}', {}, '{}', {}, {}, {}, "
        "{}, {}, "
        "{}, {}, {}, {}, coalesce({}, 0), coalesce({}, 0))",
        uuid(2).to_string(), any({"'kb'", "'ticket'", "''", "repeat('x', 50)"}), uuid(number % 7).to_string(),
        any({"'upsert'", "'upsert'", "'delete'", "'nonsense'"}), any(numbers),
        any({"'pending'", "'pending'", "NULL", "'running'", "'done'", "'queued'"}), any(numbers), any(times),
        any(times), any(times), any(numbers), any(numbers), any(numbers), any(numbers));
    try {
      enqueuer.run(statement);
      ++accepted;
    } catch (const Error&) {
      continue;  // refused, in the inserter's own transaction
    }
    if (number % 10 == 0) enqueue(ticket(number));
  }
  INFO("seed " << seed << ", accepted " << accepted);
  CHECK(accepted > 10);
  const std::int64_t good = database.number("SELECT count(*) FROM rag_index_queue WHERE organization_id = '" +
                                            uuid(1).to_string() + "'");
  CHECK(drain(20));
  CHECK(done_of(1) == good);
}
