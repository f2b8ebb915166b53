#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "claims.hpp"
#include "queue/outcome.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Claims;
using testing::ticket;
using testing::uuid;

TEST_CASE_METHOD(Claims, "a failure costs an attempt, is kept, and pauses longer each time until the last",
                 "[promise-1][promise-8]") {
  enqueue(ticket(1));
  const RetryPolicy policy{.max_attempts = 3, .base = 10s, .limit = 60s};
  for (int attempt = 1; attempt <= 3; ++attempt) {
    CAPTURE(attempt);
    const std::vector<Job> jobs = claim();
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].attempts == attempt - 1);
    CHECK(queue.fail(std::vector{Failure{.job = jobs[0], .message = "no luck"}}, policy).size() == 1);
    CHECK(database.text("SELECT attempts || ' ' || last_error FROM rag_index_queue") ==
          std::to_string(attempt) + " no luck");
    CHECK(statuses() == (attempt < 3 ? "pending" : "failed"));
    if (attempt < 3) {
      const std::string low = std::to_string(5 * attempt - 1);
      const std::string high = std::to_string(15 * attempt);
      CHECK(database.text("SELECT run_at - now() BETWEEN '" + low + "s' AND '" + high +
                          "s' FROM rag_index_queue") == "true");
      CHECK(claim().empty());
      database.run("UPDATE rag_index_queue SET run_at = now()");
    }
  }
  CHECK(claim().empty());
}

TEST_CASE_METHOD(Claims, "what cannot be helped by trying again fails at once") {
  enqueue(ticket(1));
  queue.fail(std::vector{Failure{.job = claim().at(0), .message = "not UTF-8", .permanent = true}}, {});
  CHECK(statuses() == "failed");
}

TEST_CASE_METHOD(Claims, "an error text of any size or bytes is kept as readable text") {
  enqueue(ticket(1));
  std::string message(100'000, 'x');
  message[5] = '\xFF';
  message[6] = '\0';
  CHECK(queue.fail(std::vector{Failure{.job = claim().at(0), .message = message}}, {}).size() == 1);
  CHECK(database.text("SELECT length(last_error) BETWEEN 4000 AND 4200 FROM rag_index_queue") == "true");
}

TEST_CASE_METHOD(Claims, "a failed request does not swallow a newer one") {
  enqueue(ticket(1));
  const std::vector<Job> first = claim();
  enqueue(ticket(1));
  queue.fail(std::vector{Failure{.job = first[0], .message = "no", .permanent = true}}, {});
  CHECK(claim().size() == 1);
  CHECK(statuses() == "failed running");
}

TEST_CASE_METHOD(Claims, "a release gives the job back unspent", "[promise-1][promise-5][promise-8]") {
  enqueue(ticket(1));
  const std::vector<Job> jobs = claim();
  CHECK(queue.release(jobs) == 1);
  CHECK_THROWS_AS(queue.complete(jobs), LostClaim);
  CHECK(queue.fail(std::vector{Failure{.job = jobs[0], .message = "late"}}, {}).empty());
  CHECK(queue.release(jobs) == 0);
  CHECK(database.text("SELECT status || attempts FROM rag_index_queue") == "pending0");
  CHECK(claim().size() == 1);
}

TEST_CASE_METHOD(Claims, "a lost token changes nothing and says so", "[promise-5]") {
  enqueue(ticket(1));
  const std::vector<Job> lost = claim();
  REQUIRE(queue.release(lost) == 1);
  const std::vector<Job> held = claim();
  REQUIRE(held.size() == 1);
  CHECK(held[0].token > lost[0].token);
  CHECK_THROWS_AS(queue.complete(lost), LostClaim);
  CHECK(queue.fail(std::vector{Failure{.job = lost[0], .message = "late"}}, {}).size() == 0);
  CHECK(queue.release(lost) == 0);
  CHECK(queue.valid(lost).empty());
  CHECK(queue.valid(held).size() == 1);
  CHECK(statuses() == "running");
  CHECK(database.text("SELECT last_error FROM rag_index_queue") == "NULL");
  CHECK_NOTHROW(queue.complete(held));
}

TEST_CASE_METHOD(Claims, "a late worker that asks what became of its claim is not told of another's",
                 "[promise-5]") {
  enqueue(ticket(1));
  const std::vector<Job> lost = claim();
  REQUIRE(queue.release(lost) == 1);
  const std::vector<Job> held = claim();
  CHECK(pg::outcomes_of(database.get(), lost) == std::vector{pg::Outcome::unknown});
  queue.complete(held);
  CHECK(pg::outcomes_of(database.get(), lost) == std::vector{pg::Outcome::unknown});
  CHECK(pg::outcomes_of(database.get(), held) == std::vector{pg::Outcome::done});
}

TEST_CASE_METHOD(Claims, "failed jobs are tried again by type, organization or id, with all their attempts") {
  for (unsigned number = 1; number <= 3; ++number) enqueue(ticket(number));
  std::vector<Failure> failures;
  for (const Job& job : claim()) failures.push_back({.job = job, .message = "no", .permanent = true});
  queue.fail(failures, {});
  CHECK(queue.retry_failed({.source_type = "kb"}) == 0);
  CHECK(queue.retry_failed({.organization_id = uuid(99)}) == 0);
  CHECK(queue.retry_failed({.id = failures[0].job.id}) == 1);
  CHECK(queue.retry_failed({.source_type = "ticket", .organization_id = uuid(1)}) == 2);
  CHECK(database.text("SELECT DISTINCT status || attempts FROM rag_index_queue") == "pending0");
}

TEST_CASE_METHOD(Claims, "a failed request that a newer one has overtaken is not run after it",
                 "[promise-3]") {
  enqueue(ticket(1, Action::remove));
  queue.fail(std::vector{Failure{.job = claim().at(0), .message = "no", .permanent = true}}, {});
  enqueue(ticket(1, Action::upsert));
  SECTION("the newer one is done: the old one is superseded") {
    queue.complete(claim());
    CHECK(queue.retry_failed({}) == 0);
    CHECK(statuses() == "done done");
  }
  SECTION("the newer one failed as well: that one is tried again") {
    queue.fail(std::vector{Failure{.job = claim().at(0), .message = "no", .permanent = true}}, {});
    CHECK(queue.retry_failed({}) == 1);
    CHECK(statuses() == "failed pending");
  }
}
