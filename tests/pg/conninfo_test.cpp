#include "db/conninfo.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string message_of(const std::string& conninfo) {
  try {
    const Connection connection(conninfo);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("no error shows the password of a connection string", "[connection]") {
  for (const char* conninfo : {
           "postgresql://u:hunter2@[bad/x",
           "postgresql://u:hunter2@host:port/x",
           "postgresql://u:hunter2%zz@localhost/x",
           "postgresql://u:hunter2%00@localhost/x",
           "postgresql://u:hunter2",
           "postgresql://u:pass@hunter2@127.0.0.1:1/x",
           "postgresql://u:pass/hunter2@127.0.0.1/x",
           "postgresql://u@127.0.0.1/x?password=a=hunter2",
           "postgresql://u@127.0.0.1/x?password=hunter2&nonsense",
           "postgresql://u:hunter2@127.0.0.1:1/x",
           "host=127.0.0.1 password=my hunter2",
           "host=127.0.0.1 password=my hunter2=x",
           "host=127.0.0.1 password='hunter2",
           "host=127.0.0.1 port=1 password=hunter2",
           "host=127.0.0.1 port=none password=hunter2",
       }) {
    CAPTURE(conninfo);
    const std::string message = message_of(conninfo);
    CHECK_FALSE(message.empty());
    CHECK_THAT(message, !ContainsSubstring("hunter2"));
  }
}

TEST_CASE("what is no secret is shown, and what is hidden has its cure", "[connection]") {
  CHECK_THAT(message_of("host=/nowhere dbnam=x"), ContainsSubstring("\"dbnam\""));
  CHECK_THAT(message_of("postgresql://u:hunter2@127.0.0.1:1/x"), ContainsSubstring("127.0.0.1"));
  CHECK_THAT(message_of("postgresql://u:hunter2@[bad/x"), ContainsSubstring("%40 for @"));
}
