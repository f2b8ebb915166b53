#include "ragqueue/version.hpp"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("the library says the version that its package has") {
  CHECK(ragqueue::version() == RAGQUEUE_PACKAGE_VERSION);
}
