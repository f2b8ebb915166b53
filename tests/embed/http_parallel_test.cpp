#include "embed/http_parallel.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <queue>
#include <vector>

using namespace ragqueue;
using namespace std::chrono_literals;
using Time = ParallelLimit::Time;

namespace {

/// A server with slots in which a call takes `service`, and a client that always has more to send and needs
/// `turnaround` between an answer and the next call. Time is made up.
struct Simulation {
  std::chrono::microseconds service = 20ms;
  std::chrono::microseconds turnaround = 500us;
  std::size_t slots = 8;
  std::size_t refuses_over = SIZE_MAX;  ///< Calls at once.
  Time now{};
  std::size_t refusals = 0;
  std::size_t most_in_flight = 0;
  std::chrono::microseconds busy{};
  std::vector<Time> free_at = std::vector<Time>(slots);

  struct Call {
    Time end;
    Time start;
    bool refused = false;
    bool operator<(const Call& other) const { return end > other.end; }
  };
  std::priority_queue<Call> calls{};

  void send(Time at) {
    if (calls.size() >= refuses_over) return calls.push({at + 1ms, at, true});
    const auto slot = std::ranges::min_element(free_at);
    *slot = std::max(*slot, at) + service;
    calls.push({*slot, at});
  }

  void run(ParallelLimit& limit, std::size_t answers) {
    while (answers-- > 0) {
      while (calls.size() < limit.limit()) send(now + turnaround);
      most_in_flight = std::max(most_in_flight, calls.size());
      const Call call = calls.top();
      calls.pop();
      now = std::max(now, call.end);
      if (call.refused) {
        ++refusals;
        REQUIRE(limit.refused(call.start, now));
      } else {
        limit.finished(now, 1, true);
      }
    }
  }
};

}  // namespace

TEST_CASE("Calls in flight are found to be as many as the server serves, and some that wait", "[http]") {
  for (const std::size_t slots : {1U, 2U, 3U, 4U, 6U, 8U, 12U, 32U}) {
    INFO(slots << " slots");
    Simulation server{.slots = slots};
    ParallelLimit limit(1, 64);
    server.run(limit, 200 * slots);
    CHECK(limit.limit() > slots);
    CHECK(limit.limit() <= 2 * slots + 1);
    // And it stays there, but for trials now and then.
    std::size_t away = 0;
    for (int i = 0; i < 1'000; ++i) {
      server.run(limit, slots);
      away += limit.limit() <= slots || limit.limit() > 3 * slots + 1 ? 1 : 0;
    }
    CHECK(away < 60);
  }
}

TEST_CASE("Calls in flight keep within their limits", "[http]") {
  Simulation server{.slots = 32};
  ParallelLimit limit(1, 6);
  server.run(limit, 5'000);
  CHECK(server.most_in_flight == 6);

  Simulation single{.slots = 1};
  ParallelLimit floor(3, 6);
  single.run(floor, 1'000);
  CHECK(floor.limit() >= 3);
}

TEST_CASE("A server that gets more slots gets more calls, and one that loses some gets fewer", "[http]") {
  Simulation server{.slots = 2};
  ParallelLimit limit(1, 64);
  server.run(limit, 1'000);
  REQUIRE(limit.limit() <= 5);
  server.free_at.resize(16, server.now);
  server.run(limit, 20'000);
  CHECK(limit.limit() > 12);
  server.free_at.resize(2);
  server.run(limit, 20'000);
  CHECK(limit.limit() <= 8);
}

TEST_CASE("A server that refuses calls at once gets no more than it takes, nearly always", "[http]") {
  Simulation server{.slots = 5, .refuses_over = 5};
  ParallelLimit limit(1, 64);
  server.run(limit, 1'000);
  server.refusals = 0;
  server.run(limit, 20'000);
  CHECK(limit.limit() <= 5);
  CHECK(limit.limit() >= 2);
  CHECK(server.refusals < 400);
}

TEST_CASE("A refusal at the least number of calls is no reason to try again", "[http]") {
  ParallelLimit limit(1, 64);
  Time now{};
  for (int i = 0; i < 3 && limit.limit() > 1; ++i) {
    now += 1s;
    CHECK(limit.refused(now - 1ms, now));
  }
  CHECK(limit.limit() == 1);
  CHECK_FALSE(limit.refused(now + 1s, now + 2s));
}

TEST_CASE("Time without enough to send tells nothing", "[http]") {
  ParallelLimit limit(1, 64);
  Time now{};
  for (int i = 0; i < 1'000; ++i) limit.finished(now += 1ms, 1, false);
  CHECK(limit.limit() == 4);
}

TEST_CASE("A moment's slowness costs no calls in flight", "[http]") {
  Simulation server;
  ParallelLimit limit(1, 64);
  server.run(limit, 1'600);
  const std::size_t found = limit.limit();
  server.service = 60ms;
  server.run(limit, 2 * found);
  server.service = 20ms;
  for (int i = 0; i < 200; ++i) {
    server.run(limit, 1);
    CHECK(limit.limit() >= found);
  }
}
