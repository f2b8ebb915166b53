#include "worker/circuit_breaker.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using ragqueue::CircuitBreaker;
using Admission = CircuitBreaker::Admission;

namespace {

constexpr double mean = 0.5;
constexpr CircuitBreaker::Clock::time_point start{1h};

}  // namespace

TEST_CASE("a breaker that nothing failed lets everything pass") {
  CircuitBreaker breaker;
  CHECK(breaker.admit(start) == Admission::pass);
  CHECK_FALSE(breaker.outage());
  CHECK_FALSE(breaker.succeeded());
}

TEST_CASE("after a failure everyone waits, then one probes at a time") {
  CircuitBreaker breaker;
  CHECK(breaker.failed("connection refused", start, mean));
  CHECK(breaker.admit(start + 249ms) == Admission::wait);
  CHECK(breaker.next_look() == start + 250ms);
  CHECK(breaker.admit(start + 250ms) == Admission::probe);
  CHECK(breaker.admit(start + 1h) == Admission::wait);
  SECTION("a probe without an answer makes room for the next") {
    breaker.abandoned();
    CHECK(breaker.admit(start + 251ms) == Admission::probe);
  }
  SECTION("a probe that succeeds closes it, and tells of the outage that is over") {
    const auto over = breaker.succeeded();
    REQUIRE(over);
    CHECK(over->since == start);
    CHECK(over->answer == "connection refused");
    CHECK(breaker.admit(start + 251ms) == Admission::pass);
  }
}

TEST_CASE(
    "pauses grow with each failed probe, up to a limit; the outage keeps its beginning and its last answer") {
  CircuitBreaker breaker;
  breaker.failed("first", start, mean);
  auto now = start;
  for (const auto pause : {250ms, 500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16000ms, 30000ms, 30000ms}) {
    CHECK(breaker.next_look() - now == pause);
    now = breaker.next_look();
    REQUIRE(breaker.admit(now) == Admission::probe);
    CHECK_FALSE(breaker.failed("still", now, mean));
  }
  CHECK(breaker.outage()->since == start);
  CHECK(breaker.outage()->answer == "still");
}

TEST_CASE("calls that were under way when it opened do not prolong the pause") {
  CircuitBreaker breaker;
  breaker.failed("first", start, mean);
  breaker.failed("second", start + 10ms, mean);
  CHECK(breaker.next_look() == start + 250ms);
  CHECK(breaker.outage()->answer == "second");
}

TEST_CASE("a new outage begins with a short pause again") {
  CircuitBreaker breaker;
  breaker.failed("first", start, mean);
  REQUIRE(breaker.admit(start + 1s) == Admission::probe);
  breaker.failed("again", start + 1s, mean);
  breaker.succeeded();
  CHECK(breaker.failed("much later", start + 1h, mean));
  CHECK(breaker.next_look() == start + 1h + 250ms);
}
