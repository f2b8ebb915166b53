#include "core/low_water.hpp"

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
    "each priority has its own place, which is where the newest claim ended, also when that is earlier") {
  LowWater low_water;
  low_water.ended(5, {.created = 20, .seq = 2});
  low_water.ended(100, {.created = 30, .seq = 3});
  CHECK(low_water.places().at(5).seq == 2);
  CHECK(low_water.places().at(100).created == 30);
  CHECK(low_water.places().at(0).created == INT64_MIN);
  low_water.ended(5, {.created = 10, .seq = 1});
  CHECK(low_water.places().at(5).created == 10);
}
