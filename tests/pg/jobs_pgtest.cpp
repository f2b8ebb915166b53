// Looking at jobs, and cancelling what waits.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "claims.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/jobs.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Claims;
using testing::ticket;
using testing::uuid;

namespace {

struct Administered : Claims {
  Uuid add(unsigned number, const std::string& type = "ticket") const {
    Request request = ticket(number);
    request.source.source_type = type;
    return enqueue_index(database.get(), request);
  }
};

}  // namespace

TEST_CASE_METHOD(Administered,
                 "a job is found with all that is known of it, while it waits and when it is over") {
  const Uuid id = add(1);
  const auto waiting = get_job(database.get(), id);
  REQUIRE(waiting);
  CHECK(waiting->source == ticket(1).source);
  CHECK(waiting->action == "upsert");
  CHECK(waiting->status == JobStatus::pending);
  CHECK_FALSE(waiting->due_at);
  REQUIRE(waiting->created_at);
  CHECK(std::chrono::abs(std::chrono::system_clock::now() - *waiting->created_at) < 1h);

  queue.complete(claim());
  CHECK(get_job(database.get(), id)->status == JobStatus::done);
  CHECK_FALSE(get_job(database.get(), uuid(999)));
}

TEST_CASE_METHOD(Administered, "a job that failed says why, and when it is due again") {
  const Uuid id = add(1);
  (void)queue.fail(std::vector<Failure>{{.job = claim().front(), .message = "no paper"}}, RetryPolicy{});
  const auto job = get_job(database.get(), id);
  CHECK(job->attempts == 1);
  CHECK(job->last_error == "no paper");
  CHECK(job->due_at > job->updated_at);
}

TEST_CASE_METHOD(Administered, "jobs are listed newest first, by status, type and organization, in pages") {
  std::vector<Uuid> ids;
  for (unsigned number = 1; number <= 5; ++number) ids.push_back(add(number, number == 5 ? "kb" : "ticket"));
  const auto ids_of = [&](const JobListing& listing) {
    std::vector<Uuid> found;
    for (const JobInfo& job : list_jobs(database.get(), listing)) found.push_back(job.id);
    return found;
  };
  std::ranges::sort(ids, std::greater<>());
  CHECK(ids_of({}) == ids);
  CHECK(ids_of({.limit = 2, .before = ids[1]}) == std::vector<Uuid>{ids[2], ids[3]});
  CHECK(ids_of({.filter = {.source_type = "kb"}}).size() == 1);
  CHECK(ids_of({.filter = {.organization_id = uuid(77)}}).empty());
  (void)claim(2);
  CHECK(ids_of({.status = JobStatus::running}).size() == 2);
  CHECK_THROWS_AS(ids_of({.limit = 0}), InvalidInput);
}

TEST_CASE_METHOD(Administered, "what waits is cancelled, what runs or is over is not") {
  add(1);
  add(2);
  add(3, "kb");
  const std::vector<Job> running = claim(1);
  CHECK(cancel_jobs(database.get(), {.source_type = "ticket"}) == 1);
  CHECK(list_jobs(database.get(), {.status = JobStatus::pending}).size() == 1);
  queue.complete(running);
  CHECK(cancel_jobs(database.get(), {}) == 1);
  CHECK(queue.counts().done == 1);
}

TEST_CASE_METHOD(Administered, "a job that is being claimed is left to its claim") {
  add(1);
  const Connection other = database.connect();
  pg::execute_script(other.get(), "BEGIN; SELECT id FROM rag_index_queue FOR UPDATE");
  CHECK(cancel_jobs(database.get(), {}) == 0);
  pg::execute_script(other.get(), "ROLLBACK");
  CHECK(cancel_jobs(database.get(), {}) == 1);
}
