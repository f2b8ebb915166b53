// How large a call may be, so that a question need not wait long behind it.

#include "embed/http/http_service_time.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cmath>

using ragqueue::ServiceTime;
using Seconds = std::chrono::duration<double>;

TEST_CASE("the work of a call is bounded by what more of it takes, not by what a call takes by itself",
          "[http][service_time]") {
  ServiceTime by_text;  // 20 ms a call and 30 ms a text, behind another call of 5 texts
  for (int call = 0; call < 50; ++call) {
    const double texts = 1 + call % 12;
    by_text.answered(texts, Seconds(0.020 + 0.030 * texts + 0.170));
  }
  CHECK(std::abs(by_text.most_work() - 10) < 0.1);
  ServiceTime by_call;  // far away: two seconds, whatever it is asked
  for (int call = 0; call < 50; ++call) by_call.answered(1 + call % 12, Seconds(2));
  CHECK(std::isinf(by_call.most_work()));
}

TEST_CASE("calls that are all alike are made smaller only where they take long", "[http][service_time]") {
  ServiceTime quick, slow;
  for (int call = 0; call < 50; ++call) {
    quick.answered(64, Seconds(0.5));
    slow.answered(64, Seconds(4));
  }
  CHECK(std::isinf(quick.most_work()));
  CHECK(slow.most_work() < 16);
}

TEST_CASE("nothing is bounded before some calls were answered", "[http][service_time]") {
  ServiceTime time;
  for (int call = 0; call < 5; ++call) time.answered(call, Seconds(call));
  CHECK(std::isinf(time.most_work()));
}
