#include "base/fault_report.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>

using namespace ragqueue;
using namespace std::chrono_literals;

namespace {

const FaultReport::Clock::time_point start{};

}  // namespace

TEST_CASE("a fault is told at once, ever rarer, and when it is over") {
  FaultReport report;
  CHECK_FALSE(report.over(start));
  int told = 0;
  for (auto time = 0s; time < 60s; time += 1s) told += report.failed(start + time) ? 1 : 0;
  CHECK(told == 3);  // at once, after 15 s and after 45 s
  CHECK(report.over(start + 60s) == 60s);
  CHECK_FALSE(report.over(start + 61s));
}

TEST_CASE("a fault that lasts for a day is told at least every ten minutes") {
  FaultReport report;
  auto last = start;
  for (auto time = start; time < start + 24h; time += 5s) {
    if (report.failed(time)) last = time;
    CHECK(time - last <= 10min);
  }
}

TEST_CASE("a fault that comes and goes all the time is not told each time") {
  FaultReport report;
  int told = 0;
  for (auto time = start; time < start + 1min; time += 2s) {
    told += report.failed(time) ? 1 : 0;
    told += report.over(time + 1s) ? 1 : 0;
  }
  CHECK(told <= 6);
}

TEST_CASE("after a calm time a fault is told as the first was") {
  FaultReport report;
  for (auto time = start; time < start + 1h; time += 1s) (void)report.failed(time);
  CHECK(report.over(start + 1h));
  CHECK(report.failed(start + 2h) == 0s);
  CHECK_FALSE(report.failed(start + 2h + 14s));
  CHECK(report.failed(start + 2h + 15s) == 15s);
}
