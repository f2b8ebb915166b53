#include "db/sqlstate.hpp"

#include <algorithm>
#include <array>

namespace ragqueue::pg {

namespace {

/// Connection exceptions, resources, operator intervention, system errors.
constexpr std::array<std::string_view, 3> outage_classes{"08", "53", "58"};

constexpr std::array<std::string_view, 9> outage_codes{
    "25006",  // read_only_sql_transaction: a primary that has become a standby
    "40001",  // serialization_failure
    "40P01",  // deadlock_detected
    "55P03",  // lock_not_available
    "57014",  // query_canceled: a time-out of the server's
    "57P01",  // admin_shutdown
    "57P02",  // crash_shutdown
    "57P03",  // cannot_connect_now
    "57P05",  // idle_session_timeout
};

/// Our own tables are missing, changed, or not ours to use.
constexpr std::array<std::string_view, 5> setup_codes{
    "3F000",  // invalid_schema_name
    "42501",  // insufficient_privilege
    "42703",  // undefined_column
    "42883",  // undefined_function
    "42P01",  // undefined_table
};

constexpr std::array<std::string_view, 3> conflict_codes{
    "40001", "40P01",
    "23503",  // foreign_key_violation: a graph node that another transaction pruned
};

template <class Codes>
bool contains(const Codes& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

Fault classify(std::string_view sqlstate) noexcept {
  const bool outage = contains(outage_classes, sqlstate.substr(0, 2)) || contains(outage_codes, sqlstate);
  if (outage) return Fault::outage;
  return contains(setup_codes, sqlstate) ? Fault::setup : Fault::job;
}

bool is_conflict(std::string_view sqlstate) noexcept {
  return contains(conflict_codes, sqlstate);
}

}  // namespace ragqueue::pg
