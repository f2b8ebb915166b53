#include "queue/claim_cursor.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using ragqueue::ClaimCursor;

namespace {
constexpr ClaimCursor::Clock::time_point start{1h};
}

TEST_CASE("a claim skips what claims before it passed only while they come back full") {
  ClaimCursor cursor;
  CHECK_FALSE(cursor.may_skip(start));
  cursor.looked(start, start + 1ms);
  CHECK_FALSE(cursor.may_skip(start + 2ms));
  cursor.found_all(true);
  CHECK(cursor.may_skip(start + 2ms));
  cursor.found_all(false);
  CHECK_FALSE(cursor.may_skip(start + 2ms));
}

TEST_CASE(
    "looking at everything never costs more than a fiftieth of the time, and is done five times a second at "
    "most",
    "[promise-1]") {
  struct Case {
    ClaimCursor::Clock::duration look, pause;
  };
  for (const auto& [look, pause] : {Case{1ms, 200ms}, Case{4ms, 200ms}, Case{20ms, 1s}, Case{100ms, 5s}}) {
    ClaimCursor cursor;
    cursor.found_all(true);
    cursor.looked(start, start + look);
    CHECK(cursor.may_skip(start + look + pause - 1ms));
    CHECK_FALSE(cursor.may_skip(start + look + pause));
  }
}
