#include "ragqueue/uuid.hpp"

#include <catch2/catch_test_macros.hpp>

#include "ragqueue/error.hpp"

using ragqueue::Uuid;

TEST_CASE("a UUID reads either case and writes lower case") {
  const Uuid uuid = Uuid::parse("123E4567-e89b-12d3-A456-426614174000");
  CHECK(uuid.to_string() == "123e4567-e89b-12d3-a456-426614174000");
}

TEST_CASE("what is not a UUID is refused by name and value") {
  for (const char* text : {"", "123", "123e4567e89b12d3a456426614174000",
                           "123e4567-e89b-12d3-a456-42661417400g", "123e4567-e89b-12d3-a456-4266141740000"}) {
    CAPTURE(text);
    try {
      (void)Uuid::parse(text, "source_id");
      FAIL("accepted");
    } catch (const ragqueue::InvalidInput& error) {
      CHECK(error.field() == "source_id");
      CHECK(error.value() == text);
    }
  }
}
