#include "embed/http/http_parallel.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "simulated_server.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using ragqueue::testing::ServerKind;
using ragqueue::testing::SimulatedServer;
using Time = ParallelLimit::Time;

namespace {

/// What may be in flight outside of a trial.
std::size_t most_steady(std::size_t slots) {
  return slots + std::max<std::size_t>(slots / 2, 1);
}

/// Answers to be found out by, and to be looked at.
constexpr std::size_t settling = 400, horizon = 12'000;

/// A row of the table: what one kind of server comes to see of clients that start anew.
struct Steady {
  double busy = 0, least_busy = 1;
  double trying = 0, above = 0;
  std::size_t most_in_flight = 0;
};

Steady steady(const ServerKind& kind, unsigned first_seed, unsigned seeds) {
  Steady all;
  for (unsigned seed = first_seed; seed < first_seed + seeds; ++seed) {
    SimulatedServer server(kind, seed);
    ParallelLimit limit(1, 16);
    server.run(limit, settling);
    server.forget();
    server.run(limit, horizon);
    const auto& seen = server.seen();
    all.busy += seen.all_busy / seen.time / seeds;
    all.least_busy = std::min(all.least_busy, seen.all_busy / seen.time);
    all.trying += seen.trying / seen.time / seeds;
    all.above += seen.above / seen.time / seeds;
    all.most_in_flight = std::max(all.most_in_flight, seen.most_in_flight);
  }
  return all;
}

}  // namespace

TEST_CASE("Calls in flight are found to be as many as the server serves, and some that wait", "[http]") {
  for (const std::size_t slots : {1U, 2U, 3U, 4U, 6U, 8U, 12U, 32U}) {
    INFO(slots << " slots");
    SimulatedServer server({.slots = slots});
    ParallelLimit limit(1, 64);
    server.run(limit, 200 * slots);
    server.forget();
    // And it stays there, but for trials now and then.
    server.run(limit, 2'000 * slots);
    CHECK(limit.limit() > slots);
    CHECK(limit.limit() <= most_steady(slots));
    CHECK(server.seen().all_busy >= 0.97 * server.seen().time);
    CHECK(server.seen().trying <= 0.05 * server.seen().time);
  }
}

TEST_CASE("Chance does not pass for a reward, nor leaves slots empty", "[http]") {
  constexpr unsigned first_seed = 4'000, seeds = 12;
  struct Row {
    ServerKind kind;
    double above;  ///< Share of time outside of trials, on average.
    double busy = 0.97, least_busy = 0.94;
  };
  std::vector<Row> rows;
  for (const std::size_t slots : {1U, 2U, 3U, 4U, 6U, 8U}) {
    const std::string name = std::to_string(slots) + " slots";
    rows.push_back({.kind = {.name = name, .slots = slots}, .above = 0.005});
    rows.push_back(
        {.kind = {.name = name + ", a tenth", .slots = slots, .spread = 0.1, .hiccups = 1}, .above = 0.005});
    rows.push_back({.kind = {.name = name + ", three tenths", .slots = slots, .spread = 0.3}, .above = 0.05});
  }
  rows.push_back({.kind = {.name = "uneven", .spread = 0.1, .uneven = true, .hiccups = 1}, .above = 0.02});
  for (const auto& [kind, above, busy, least_busy] : rows) {
    const Steady found = steady(kind, first_seed, seeds);
    INFO(kind.name << ": busy " << found.busy << ", at least " << found.least_busy << ", trying "
                   << found.trying << ", above " << found.above << ", most " << found.most_in_flight);
    CHECK(found.above <= above);
    CHECK(found.busy >= busy);
    CHECK(found.least_busy >= least_busy);
    CHECK(found.trying <= 0.1);
  }
}

TEST_CASE("One slot gets two calls, and never more than a few, however unsteady", "[http]") {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    SimulatedServer server({.slots = 1, .spread = 0.1, .hiccups = 1}, seed);
    ParallelLimit limit(1, 64);
    server.run(limit, 100);
    CHECK(server.seen().most_in_flight <= 4);
    server.forget();
    server.run(limit, 2'000);
    CHECK(server.seen().most_in_flight == 2);
  }
}

TEST_CASE("A server that batches gets more calls as long as twice as many make it a fifth quicker",
          "[http]") {
  for (const double knee : {2.0, 4.0, 8.0, 16.0}) {
    INFO("knee " << knee);
    SimulatedServer server({.spread = 0.1, .knee = knee});
    ParallelLimit limit(1, 64);
    server.run(limit, 2'000);
    server.forget();
    server.run(limit, 20'000);
    const double throughput = server.seen().work / server.seen().time;
    const double most = knee / 0.020;
    CHECK(throughput >= 0.55 * most);
    CHECK(limit.limit() <= static_cast<std::size_t>(6 * knee));
  }
}

TEST_CASE("Calls in flight keep within their limits", "[http]") {
  SimulatedServer server({.slots = 32});
  ParallelLimit limit(1, 6);
  server.run(limit, 5'000);
  CHECK(server.seen().most_in_flight == 6);

  SimulatedServer single({.slots = 1});
  ParallelLimit floor(3, 6);
  single.run(floor, 1'000);
  CHECK(floor.limit() >= 3);
}

TEST_CASE("A server that gets more slots gets more calls, and one that loses some gets fewer", "[http]") {
  for (const auto& [before, after] : {std::pair{1U, 8U}, {8U, 1U}, {2U, 4U}, {4U, 6U}, {8U, 4U}}) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
      INFO(before << " slots, then " << after << ", seed " << seed);
      SimulatedServer server({.slots = before, .spread = 0.1, .hiccups = 1}, seed);
      ParallelLimit limit(1, 64);
      server.run(limit, 5'000);
      server.set_slots(after);
      server.run(limit, 1'500);
      server.forget();
      server.run(limit, 5'000);
      CHECK(server.seen().all_busy >= 0.94 * server.seen().time);
      CHECK(server.seen().above <= 0.05 * server.seen().time);
    }
  }
}

TEST_CASE("A server that refuses calls at once gets no more than it takes, nearly always", "[http]") {
  SimulatedServer server({.slots = 5, .refuses_over = 5});
  ParallelLimit limit(1, 64);
  server.run(limit, 1'000);
  server.forget();
  server.run(limit, 20'000);
  CHECK(limit.limit() <= 5);
  CHECK(limit.limit() >= 2);
  CHECK(server.seen().refusals < 50);
  CHECK(server.seen().work / server.seen().time >= 0.95 * 5 / 0.0205);
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
  const std::size_t first = limit.limit();
  Time now{};
  for (int i = 0; i < 1'000; ++i) limit.finished(now, now + 20ms, 1, false), now += 1ms;
  CHECK(limit.limit() == first);
}

TEST_CASE("A trial of more calls ends when there are no more", "[http]") {
  SimulatedServer server({.slots = 8});
  ParallelLimit limit(1, 64);
  while (limit.limit() < 16) server.run(limit, 1);
  limit.finished(Time{}, Time{} + 20ms, 1, false);
  CHECK_FALSE(limit.trying());
  CHECK(limit.limit() <= most_steady(8));
}

TEST_CASE("A moment's slowness costs no calls in flight", "[http]") {
  SimulatedServer server({});
  ParallelLimit limit(1, 64);
  server.run(limit, 1'600);
  REQUIRE_FALSE(limit.trying());
  const std::size_t found = limit.limit();
  server.set_service(0.060);
  server.run(limit, 2 * found);
  server.set_service(0.020);
  for (int i = 0; i < 200; ++i) {
    server.run(limit, 1);
    CHECK(limit.limit() >= found);
  }
}
