#include "golden.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace ragqueue;
using namespace ragqueue::testing;

TEST_CASE("the shipped model agrees with the original on every golden text") {
  const std::vector<Golden> golden = read_golden();
  REQUIRE(golden.size() == 17);
  for (const Variant& variant : runnable_variants()) {
    const Original original(EMBED_MODEL_FILE, variant.encode);
    double lowest = 1;
    for (const Golden& wanted : golden) {
      const double agreement = cosine(original.embed(wanted.text), wanted.embedding);
      lowest = std::min(lowest, agreement);
      CAPTURE(variant.name, wanted.text);
      CHECK(agreement >= 0.999);
    }
    WARN(variant.name << ": lowest cosine to the original " << lowest);
  }
}
