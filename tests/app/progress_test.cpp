#include "progress.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

using Catch::Matchers::WithinAbs;
using namespace std::chrono_literals;

TEST_CASE("the rate is that of the last seconds") {
  const rag_worker::Rate::Time start{};
  rag_worker::Rate rate;
  CHECK_THAT(rate.update(start, 0), WithinAbs(0, 1e-9));
  CHECK_THAT(rate.update(start + 2s, 20), WithinAbs(10, 1e-9));
  CHECK_THAT(rate.update(start + 4s, 80), WithinAbs(20, 1e-9));
  CHECK_THAT(rate.update(start + 7s, 80), WithinAbs(12, 1e-9));
  CHECK_THAT(rate.update(start + 60s, 80), WithinAbs(0, 1e-9));
}

TEST_CASE("the progress says what is done, how fast, what waits and what failed") {
  ragqueue::WorkerCounters counters;
  counters.done = 348;
  counters.failed = 2;
  ragqueue::QueueCounts counts;
  counts.pending = 12;
  CHECK(rag_worker::progress_line(counters, 85.4, counts) == "done 348 | 85/s | waiting 12 | failed 2");
  CHECK(rag_worker::progress_line(counters, 0, std::nullopt) == "done 348 | 0/s | waiting ? | failed 2");
}
