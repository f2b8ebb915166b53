#include "ragqueue/uuid.hpp"

#include <catch2/catch_test_macros.hpp>
#include <type_traits>
#include <unordered_set>

#include "ragqueue/error.hpp"
#include "ragqueue/request.hpp"

using namespace ragqueue;
using namespace ragqueue::literals;

TEST_CASE("a UUID reads either case, also in braces, and writes lower case") {
  constexpr auto expected = "123e4567-e89b-12d3-a456-426614174000";
  for (const char* text : {"123E4567-e89b-12d3-A456-426614174000", "{123E4567-E89B-12D3-A456-426614174000}"})
    CHECK(Uuid::parse(text).to_string() == expected);
  CHECK(to_string(Uuid::parse(expected)) == expected);
}

TEST_CASE("what is not a UUID is refused by name and value") {
  for (const char* text :
       {"", "123", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g",
        "123e4567-e89b-12d3-a456-4266141740000", "{123e4567-e89b-12d3-a456-426614174000",
        "{123e4567-e89b-12d3-a456-42661417400}}", "[123e4567-e89b-12d3-a456-426614174000]"}) {
    CAPTURE(text);
    try {
      (void)Uuid::parse(text, "source_id");
      FAIL("accepted");
    } catch (const InvalidInput& error) {
      CHECK(error.field() == "source_id");
      CHECK(error.value() == text);
    }
  }
}

TEST_CASE("a UUID may stand in the source, and is checked by the compiler") {
  constexpr Uuid literal = "123e4567-e89b-12d3-a456-426614174000"_uuid;
  static_assert(literal == Uuid::try_parse("123E4567-E89B-12D3-A456-426614174000"));
  static_assert(literal != Uuid() && Uuid() < literal);
  CHECK(literal == Uuid::parse("123e4567-e89b-12d3-a456-426614174000"));
}

TEST_CASE("an organization's id and a source's are not taken for each other") {
  static_assert(!std::is_convertible_v<SourceId, OrganizationId> &&
                !std::is_constructible_v<OrganizationId, SourceId>);
  static_assert(!std::is_convertible_v<OrganizationId, SourceId> &&
                !std::is_constructible_v<SourceId, OrganizationId>);
  static_assert(std::is_convertible_v<Uuid, OrganizationId> && std::is_convertible_v<SourceId, Uuid>);
  static_assert(!std::is_convertible_v<const char*, SourceId>);

  const OrganizationId organization("123e4567-e89b-12d3-a456-426614174000");
  const SourceId source("6f1c2a5e-0b7d-4d0e-9a53-1f0c8f5b7a10");
  const SourceKey key{organization, "ticket", source};
  CHECK(key == SourceKey{.organization_id = organization, .source_type = "ticket", .source_id = source});
  CHECK(std::unordered_set<SourceId>{source, source}.size() == 1);
}

TEST_CASE("text that is no id is refused by the name of the id") {
  const auto field_of = [](auto make) -> std::string {
    try {
      make();
    } catch (const InvalidInput& error) {
      return error.field();
    }
    return "none";
  };
  CHECK(field_of([] { (void)OrganizationId("acme"); }) == "organization_id");
  CHECK(field_of([] { (void)SourceId("42"); }) == "source_id");
}
