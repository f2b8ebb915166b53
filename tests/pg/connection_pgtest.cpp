#include <catch2/catch_test_macros.hpp>
#include <optional>

#include "db/refusal.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"
#include "support/database.hpp"

using namespace ragqueue;
using testing::server;

namespace {

std::optional<Fault> fault_of(const std::string& more) {
  try {
    const Connection connection(server().conninfo() + more);
    return std::nullopt;
  } catch (const Error& error) {
    return error.fault();
  }
}

void run(const std::string& script) {
  pg::execute_script(Connection(server().conninfo()).get(), script);
}

}  // namespace

TEST_CASE("a server with no room for us may have some later: an outage", "[connection]") {
  run("CREATE ROLE crowd LOGIN CONNECTION LIMIT 1");
  const Connection first(server().conninfo() + " user=crowd");
  CHECK(fault_of(" user=crowd") == Fault::outage);
}

TEST_CASE("a database or a user that does not exist must be set right by a person", "[connection]") {
  CHECK(fault_of(" dbname=no_such_database") == Fault::setup);
  CHECK(fault_of(" user=no_such_user") == Fault::setup);
  CHECK(fault_of(" no_such_keyword=1") == Fault::setup);
  CHECK(fault_of("") == std::nullopt);
}

TEST_CASE(
    "a host that does not answer is an outage, and so is one that takes no writes where they are wanted",
    "[connection]") {
  CHECK(fault_of(" host=/nowhere") == Fault::outage);
  run("CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on");
  CHECK(fault_of(" user=reader") == std::nullopt);
  CHECK(fault_of(" user=reader target_session_attrs=read-write") == Fault::outage);
}

TEST_CASE("the server's reason is read in any language", "[connection]") {
  const auto fault = [](std::string_view message) { return pg::fault_of_message(message, Fault::setup); };
  CHECK(fault("FATAL:  53300: sorry, too many clients already\nLOCATION:  InitProcess") == Fault::outage);
  CHECK(fault("SCHWERWIEGEND:  53300: tut mir leid") == Fault::outage);
  CHECK(fault("FATAL:  28P01: password authentication failed") == Fault::setup);
  CHECK(fault("host a: FATAL:  28P01: no\nhost b: FATAL:  57P03: starting up") == Fault::outage);
  CHECK(fault("server does not support SSL") == Fault::setup);
  CHECK(pg::fault_of_message("session is read-only", Fault::outage) == Fault::outage);
  CHECK(pg::fault_of_message("session is read-only, FATAL:  3D000: no such database", Fault::outage) ==
        Fault::setup);
}
