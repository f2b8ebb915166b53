#include "request_lines.hpp"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <sstream>

#include "report.hpp"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using rag_worker::read_requests;
using ragqueue::Action;

namespace {

const std::string org = "11111111-1111-1111-1111-111111111111";
const std::string id = "22222222-2222-2222-2222-222222222222";

std::vector<ragqueue::Request> read(const std::string& text) {
  std::istringstream input(text);
  return read_requests(input, {.action = Action::upsert, .priority = 7});
}

}  // namespace

TEST_CASE("a line gives action and priority, or leaves them to the defaults") {
  const auto requests = read(org + " kb " + id + "\n\n" +               //
                             org + "\tticket  " + id + " delete\r\n" +  //
                             org + " asset " + id + " upsert 9");
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].source.source_type == "kb");
  CHECK(requests[0].source.organization_id.to_string() == org);
  CHECK(requests[0].source.source_id.to_string() == id);
  CHECK(requests[0].action == Action::upsert);
  CHECK(requests[0].priority == 7);
  CHECK(requests[1].action == Action::remove);
  CHECK(requests[1].priority == 7);
  CHECK(requests[2].priority == 9);
}

TEST_CASE("no lines are no requests") {
  CHECK(read("\n \n").empty());
}

TEST_CASE("a wrong line is named by its number, its field and its value") {
  struct Case {
    std::string line;
    std::string message;
  };
  const std::vector<Case> cases{
      {org + " kb", "expected ORG TYPE ID [ACTION [PRIORITY]]"},
      {org + " kb " + id + " upsert 5 more", "expected ORG TYPE ID [ACTION [PRIORITY]]"},
      {"acme kb " + id, "organization_id 'acme'"},
      {org + " kb x17", "source_id 'x17'"},
      {org + " kb " + id + " insert", "action 'insert'"},
      {org + " kb " + id + " upsert high", "priority 'high'"},
      {org + " kb " + id + " upsert 5.5", "priority '5.5'"},
      {org + " kb " + id + " upsert 101", "priority '101'"},
      {org + ' ' + std::string(51, 'x') + ' ' + id, "source_type 'xxx"},
  };
  for (const auto& [line, message] : cases) {
    CHECK_THROWS_MATCHES(read(fmt::format("{} kb {}\n\n{}\n", org, id, line)), rag_worker::UsageError,
                         MessageMatches(ContainsSubstring("line 3: ") && ContainsSubstring(message)));
  }
}
