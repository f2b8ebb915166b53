#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <limits>
#include <string>
#include <vector>

#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;

namespace {
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
}  // namespace

TEST_CASE("vectors that can be compared pass") {
  CHECK_NOTHROW(check_vectors({}, 2));
  CHECK_NOTHROW(check_vectors(std::vector<float>{1, 0, 0, -1e-20F}, 2));
  CHECK_NOTHROW(check_vectors(std::vector<float>{3e38F, 3e38F}, 2));
}

TEST_CASE("vectors that cannot be believed are a job's failure that names the row", "[promise-10]") {
  struct Case {
    std::vector<float> vectors;
    const char* message;
  };
  const std::vector<Case> cases = {
      {{1, 0, 0, 0}, "vector 1 is all zeros"},
      {{nan, 0, 1, 0}, "vector 0 holds a NaN"},
      {{1, 0, 0, infinity}, "vector 1 holds a NaN or an infinity"},
      {{1, 0, 1}, "3 numbers, not whole vectors of 2"},
      {{1, 0, -infinity, 0}, "vector 1 holds"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    try {
      check_vectors(c.vectors, 2);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::job);
      CHECK_THAT(error.what(), ContainsSubstring(c.message));
    }
  }
}

TEST_CASE("a component that is not finite is found wherever it stands, and a row of zeros of any length") {
  for (std::size_t length = 1; length <= 40; ++length) {
    CAPTURE(length);
    for (const float usual : {1.F, 1e30F, 1e-30F, -1e-44F}) {
      const std::vector<float> good(length, usual);
      CHECK_NOTHROW(check_vectors(good, length));
      for (std::size_t at = 0; at < length; ++at) {
        for (const float wrong : {nan, infinity, -infinity}) {
          std::vector<float> bad = good;
          bad[at] = wrong;
          CHECK_THROWS_AS(check_vectors(bad, length), Error);
        }
        std::vector<float> lonely(length, 0);
        lonely[at] = usual;
        CHECK_NOTHROW(check_vectors(lonely, length));
      }
    }
    CHECK_THROWS_AS(check_vectors(std::vector<float>(length, -0.F), length), Error);
  }
}
