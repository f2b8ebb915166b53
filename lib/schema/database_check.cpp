#include "ragqueue/database_check.hpp"

#include <array>
#include <chrono>
#include <string_view>

#include "db/connection_state.hpp"
#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

namespace {

struct Check {
  std::string_view name;
  const std::string_view& statement;  ///< Returns fault, message and advice for each finding.
};

const std::array statements{
    Check{"writable", sql::check_writable},
    Check{"functions' owners", sql::check_definers},
    Check{"columns", sql::check_columns},
    Check{"triggers", sql::check_triggers},
    Check{"unique indexes", sql::check_unique_indexes},
    Check{"publications", sql::check_publications},
    Check{"sequences", sql::check_sequences},
    Check{"policies", sql::check_policies},
    Check{"roles", sql::check_roles},
    Check{"application's row-level security", sql::check_application_row_security},
    Check{"encoding", sql::check_encoding},
};

std::vector<DatabaseFinding> findings_of(pg_conn* connection, std::string_view statement) {
  const pg::Result rows = pg::execute(connection, statement);
  std::vector<DatabaseFinding> findings;
  for (int row = 0; row < rows.rows(); ++row) {
    findings.push_back(
        {rows.get<bool>(row, 0), rows.get<std::string>(row, 1), rows.get<std::string>(row, 2)});
  }
  return findings;
}

/// For a worker and for jobs that do not exist: every statement is planned, so that a name that is not found
/// or a right that is missing shows.
std::vector<DatabaseFinding> call_functions(pg_conn* connection) {
  pg::execute(connection, sql::check_functions);
  return {};
}

template <class Look>
DatabaseCheck look(pg_conn* connection, std::string_view name, const Look& findings) {
  try {
    const pg::Transaction undone(connection, pg::Timeouts::set);
    return {std::string(name), findings()};
  } catch (const Error& error) {
    if (error.fault() == Fault::outage && !pg::usable(connection)) throw;
    return {std::string(name), {{.message = error.what(), .advice = "Have the owner run: rag_worker init"}}};
  }
}

}  // namespace

std::vector<DatabaseCheck> check_database(pg_conn* connection) {
  pg::require_no_transaction(connection, ", since the checks need their own");
  std::vector<DatabaseCheck> checks;
  for (const Check& check : statements)
    checks.push_back(look(connection, check.name, [&] { return findings_of(connection, check.statement); }));
  checks.push_back(look(connection, "functions", [&] { return call_functions(connection); }));
  return checks;
}

std::vector<DatabaseFinding> blind_roles(pg_conn* connection) {
  return findings_of(connection, sql::check_roles);
}

std::chrono::milliseconds clock_difference(pg_conn* connection) {
  using Clock = std::chrono::system_clock;
  const auto before = Clock::now();
  const auto there =
      pg::execute(connection, "SELECT extract(epoch FROM clock_timestamp())::float8").get<double>(0, 0);
  const auto here = before + (Clock::now() - before) / 2;
  const std::chrono::duration<double> difference =
      std::chrono::duration<double>(there) - std::chrono::duration<double>(here.time_since_epoch());
  return std::chrono::duration_cast<std::chrono::milliseconds>(difference);
}

}  // namespace ragqueue
