#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "helpdesk.hpp"
#include "ragqueue/error.hpp"
#include "support/cutting_proxy.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::CuttingProxy;
using testing::Helpdesk;
using Moment = testing::CuttingProxy::Moment;

namespace {

constexpr const char* claim_part = "/* ragqueue:claim */";
constexpr const char* acknowledgement_part = "/* ragqueue:complete */";
constexpr const char* failure_part = "/* ragqueue:fail */";
constexpr const char* release_part = "/* ragqueue:release */";

/// A worker whose way to the database is cut once, at a COMMIT.
struct Cuttable : Helpdesk {
  CuttingProxy proxy{database.conninfo()};

  [[nodiscard]] WorkerOptions through_proxy() const {
    WorkerOptions one_consumer = options();
    one_consumer.conninfo = proxy.conninfo();
    one_consumer.concurrency = 1;
    return one_consumer;
  }
  [[nodiscard]] std::string states() const {
    return database.text(
        "SELECT string_agg(DISTINCT status || attempts || rescues, ' ') FROM rag_index_queue");
  }
};

}  // namespace

TEST_CASE_METHOD(Cuttable, "an acknowledgement whose answer was lost counts as done, and is not done again",
                 "[doubt][promise-1]") {
  std::atomic<int> calls = 0;
  embedder->before_call = [&](auto) { ++calls; };
  for (unsigned number = 1; number <= 5; ++number) write(number, "t", "text");
  proxy.cut_commit_of(acknowledgement_part, Moment::after);
  const WorkerCounters counters = drain(through_proxy());
  CHECK(proxy.cuts() == 1);
  CHECK(calls == 1);
  CHECK(counters.done == 5);
  CHECK(counters.released + counters.lost + counters.retried + counters.failed == 0);
  CHECK(states() == "done00");
}

TEST_CASE_METHOD(Cuttable, "an acknowledgement that never arrived is made again, without another embedding",
                 "[doubt][promise-1]") {
  std::atomic<int> calls = 0;
  embedder->before_call = [&](auto) { ++calls; };
  for (unsigned number = 1; number <= 5; ++number) write(number, "t", "text");
  proxy.cut_commit_of(acknowledgement_part, Moment::before);
  const WorkerCounters counters = drain(through_proxy());
  CHECK(proxy.cuts() == 1);
  CHECK(calls == 1);
  CHECK(counters.released == 0);
  CHECK(counters.done == 5);
  CHECK(counters.lost == 0);
  CHECK(states() == "done00");
}

TEST_CASE_METHOD(Cuttable, "a claim in doubt is resolved by its tokens", "[doubt][promise-1]") {
  const Moment moment = GENERATE(Moment::before, Moment::after);
  for (unsigned number = 1; number <= 5; ++number) write(number, "t", "text");
  proxy.cut_commit_of(claim_part, moment);
  const WorkerCounters counters = drain(through_proxy());
  CHECK(proxy.cuts() == 1);
  CHECK(counters.done == 5);
  CHECK(counters.released == (moment == Moment::after ? 5U : 0U));
  CHECK(counters.lost == 0);
  CHECK(states() == "done00");
}

TEST_CASE_METHOD(Cuttable, "a failure whose answer was lost costs one attempt", "[doubt][promise-1]") {
  embedder->before_call = [](auto) { throw Error(Fault::job, "no luck"); };
  write(1, "Printer", "jam");
  proxy.cut_commit_of(failure_part, Moment::after);
  WorkerOptions one_attempt = through_proxy();
  one_attempt.retry.max_attempts = GENERATE(1, 2);
  const WorkerCounters counters = drain(one_attempt);
  CHECK(proxy.cuts() == 1);
  CHECK(counters.failed == 1);
  CHECK(counters.retried == static_cast<std::uint64_t>(one_attempt.retry.max_attempts - 1));
  CHECK(counters.lost + counters.released == 0);
  CHECK(states() == "failed" + std::to_string(one_attempt.retry.max_attempts) + "0");
}

TEST_CASE_METHOD(Cuttable, "a release whose answer was lost is a release, and not a lost claim",
                 "[doubt][promise-1]") {
  std::atomic<int> calls = 0;
  embedder->before_call = [&](auto) {
    if (++calls == 1) throw Error(Fault::outage, "connection refused");
  };
  write(1, "Printer", "jam");
  proxy.cut_commit_of(release_part, Moment::after);
  const WorkerCounters counters = drain(through_proxy());
  CHECK(proxy.cuts() == 1);
  CHECK(counters.released == 1);
  CHECK(counters.lost == 0);
  CHECK(counters.done == 1);
  CHECK(states() == "done00");
}
