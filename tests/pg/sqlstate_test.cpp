#include "db/sqlstate.hpp"

#include <catch2/catch_test_macros.hpp>
#include <utility>
#include <vector>

using ragqueue::Fault;

TEST_CASE("the server's error code tells an outage from a job's own fault", "[promise-8]") {
  const std::vector<std::pair<std::string_view, Fault>> cases{
      {"08006", Fault::outage},  // connection_failure
      {"53100", Fault::outage},  // disk_full
      {"53300", Fault::outage},  // too_many_connections
      {"57P01", Fault::outage},  // admin_shutdown
      {"58030", Fault::outage},  // io_error
      {"25006", Fault::outage},  // read_only_sql_transaction
      {"40P01", Fault::outage},  // deadlock_detected
      {"55P03", Fault::outage},  // lock_not_available
      {"22P02", Fault::job},     // invalid_text_representation
      {"57014", Fault::outage},  // query_canceled
      {"42P01", Fault::setup},   // undefined_table
      {"42501", Fault::setup},   // insufficient_privilege
      {"23505", Fault::job},     // unique_violation
      {"", Fault::job},
  };
  for (const auto& [code, fault] : cases) {
    CAPTURE(code);
    CHECK(ragqueue::pg::classify(code) == fault);
  }
}

TEST_CASE("conflicts between transactions are worth the same transaction again") {
  for (const std::string_view code : {"40001", "40P01", "23503"}) CHECK(ragqueue::pg::is_conflict(code));
  for (const std::string_view code : {"", "23505", "08006"}) CHECK_FALSE(ragqueue::pg::is_conflict(code));
}
