#include "ragqueue/request.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ragqueue/error.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string repeat(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}

Request request(std::string type, int priority) {
  Request result;
  result.source.source_type = std::move(type);
  result.priority = priority;
  return result;
}

}  // namespace

TEST_CASE("an action is read as it is written") {
  for (const Action action : {Action::upsert, Action::remove})
    CHECK(parse_action(to_string(action)) == action);
  CHECK(to_string(Action::remove) == "delete");
  for (const char* text : {"", "UPSERT", "remove", "upsert "}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_action(text), InvalidInput);
  }
}

TEST_CASE("a request within its bounds is valid") {
  for (const std::string& type : {std::string("kb"), std::string(50, 'x'), repeat("猫", 50)}) {
    for (const int priority : {min_priority, default_priority, max_priority}) {
      CAPTURE(type, priority);
      CHECK_NOTHROW(validate(request(type, priority)));
    }
  }
}

TEST_CASE("a request out of its bounds is refused by field, value and reason") {
  struct Case {
    std::string type;
    int priority;
    const char* field;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"", 5, "source_type", "empty"},
      {std::string(51, 'x'), 5, "source_type", "51 characters; at most 50"},
      {repeat("猫", 51), 5, "source_type", "51 characters; at most 50"},
      {"M\xFCnchen", 5, "source_type", "UTF-8"},
      {std::string("a\0b", 3), 5, "source_type", "NUL"},
      {"kb", -1, "priority", "'-1': must be from 0 to 100"},
      {"kb", 101, "priority", "'101': must be from 0 to 100"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.type, c.priority);
    try {
      validate(request(c.type, c.priority));
      FAIL("accepted");
    } catch (const InvalidInput& error) {
      CHECK(error.field() == c.field);
      CHECK(error.fault() == Fault::input);
      CHECK_THAT(error.what(), ContainsSubstring(c.reason));
    }
  }
}
