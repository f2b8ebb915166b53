#include "ragqueue/enqueue_statement.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>

using namespace ragqueue;
using namespace ragqueue::literals;
using Catch::Matchers::ContainsSubstring;

namespace {

Request request() {
  return {.source = {.organization_id = "123e4567-e89b-12d3-a456-426614174000"_uuid,
                     .source_type = "ticket",
                     .source_id = "6f1c2a5e-0b7d-4d0e-9a53-1f0c8f5b7a10"_uuid},
          .action = Action::remove,
          .priority = 9};
}

}  // namespace

TEST_CASE("an enqueue is one statement with its parameters as text") {
  const EnqueueStatement statement = enqueue_statement(request());
  CHECK_THAT(statement.sql, ContainsSubstring("$6::uuid"));
  CHECK(statement.parameters == std::vector<std::string>{"123e4567-e89b-12d3-a456-426614174000", "ticket",
                                                         "6f1c2a5e-0b7d-4d0e-9a53-1f0c8f5b7a10", "delete",
                                                         "9", statement.id.to_string()});
}

TEST_CASE("each statement has a job's id of its own, and the same text") {
  const EnqueueStatement first = enqueue_statement(request()), second = enqueue_statement(request());
  CHECK(first.id != second.id);
  CHECK(first.sql == second.sql);
}

TEST_CASE("parameters may have names, for libraries that want a colon; no other word begins with one") {
  const std::string sql = enqueue_statement(request(), Placeholders::named).sql;
  CHECK_THAT(sql, ContainsSubstring(":p1::uuid") && ContainsSubstring(":p6::uuid"));
  CHECK_THAT(sql, !ContainsSubstring("$") && !ContainsSubstring("ragqueue:"));
}

TEST_CASE("a moment is written as PostgreSQL reads it, to the microsecond, in UTC") {
  Request later = request();
  using namespace std::chrono;
  later.not_before = sys_days(year(2026) / 3 / 9) + hours(7) + minutes(5) + seconds(4) + microseconds(42);
  const EnqueueStatement statement = enqueue_statement(later);
  REQUIRE(statement.parameters.size() == 7);
  CHECK(statement.parameters.back() == "2026-03-09 07:05:04.000042+00");
  CHECK_THAT(statement.sql, ContainsSubstring("$7::timestamptz"));
}

TEST_CASE("a request that is invalid makes no statement") {
  Request wrong = request();
  wrong.priority = 101;
  CHECK_THROWS_AS(enqueue_statement(wrong), InvalidInput);
}
