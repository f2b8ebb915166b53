#include "queue/low_water.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using ragqueue::LowWater;

namespace {
constexpr LowWater::Clock::time_point start{1h};
}

TEST_CASE("a claim skips what claims before it passed only while they come back full") {
  LowWater low_water;
  CHECK_FALSE(low_water.may_skip(start));
  low_water.looked(start, start + 1ms);
  CHECK_FALSE(low_water.may_skip(start + 2ms));
  low_water.found_all(true);
  CHECK(low_water.may_skip(start + 2ms));
  low_water.found_all(false);
  CHECK_FALSE(low_water.may_skip(start + 2ms));
}

TEST_CASE(
    "looking at everything never costs more than a fiftieth of the time, and is done five times a second at "
    "most") {
  struct Case {
    LowWater::Clock::duration look, pause;
  };
  for (const auto& [look, pause] : {Case{1ms, 200ms}, Case{4ms, 200ms}, Case{20ms, 1s}, Case{100ms, 5s}}) {
    LowWater low_water;
    low_water.found_all(true);
    low_water.looked(start, start + look);
    CHECK(low_water.may_skip(start + look + pause - 1ms));
    CHECK_FALSE(low_water.may_skip(start + look + pause));
  }
}

TEST_CASE(
    "each priority begins where the newest claim ended, also when that is earlier; all others at the start") {
  LowWater low_water;
  CHECK(low_water.reaches().size() == 1);
  low_water.ended(5, {.created = 20, .seq = 2});
  low_water.ended(100, {.created = 30, .seq = 3});
  low_water.ended(6, {.created = 40, .seq = 4});
  low_water.ended(5, {.created = 10, .seq = 1});
  struct Expected {
    int high, low;
    std::int64_t created, seq;
  };
  const std::vector<Expected> expected{
      {100, 100, 30, 3}, {99, 7, INT64_MIN, 0}, {6, 6, 40, 4}, {5, 5, 10, 1}, {4, 0, INT64_MIN, 0}};
  const std::vector<ragqueue::Reach> reaches = low_water.reaches();
  REQUIRE(reaches.size() == expected.size());
  for (std::size_t index = 0; index < expected.size(); ++index) {
    CAPTURE(index);
    CHECK(reaches[index].high == expected[index].high);
    CHECK(reaches[index].low == expected[index].low);
    CHECK(reaches[index].from.created == expected[index].created);
    CHECK(reaches[index].from.seq == expected[index].seq);
  }
}
