#include "doctor_database.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ragqueue/database_check.hpp>
#include <ragqueue/error.hpp>

namespace rag_worker {

namespace {

Finding examine_clock(const ragqueue::Connection& connection) {
  constexpr std::chrono::seconds tolerated{1};
  const auto difference = ragqueue::clock_difference(connection.get());
  const double seconds = std::abs(std::chrono::duration<double>(difference).count());
  Finding finding{.check = "clock",
                  .words = fmt::format("the server's differs from this machine's by {:.3f} s", seconds)};
  if (std::chrono::abs(difference) < tolerated) return finding;
  finding.state = "note";
  finding.words = fmt::format("the server's is {:.1f} s {} this machine's", seconds,
                              difference.count() > 0 ? "ahead of" : "behind");
  finding.advice =
      "Let both follow NTP. Leases and pauses go by the server's clock alone, log lines by this machine's.";
  return finding;
}

}  // namespace

std::vector<Finding> examine_surroundings(const ragqueue::Connection& connection) {
  std::vector<Finding> findings{examine_clock(connection)};
  for (const ragqueue::DatabaseCheck& check : ragqueue::check_database(connection.get())) {
    if (check.findings.empty()) findings.push_back({.check = check.name, .words = "nothing to mend"});
    for (const ragqueue::DatabaseFinding& found : check.findings) {
      findings.push_back({.check = check.name,
                          .state = found.fault ? "fault" : "note",
                          .words = found.message,
                          .advice = found.advice});
    }
  }
  return findings;
}

std::vector<Finding> examine_plan(const ragqueue::Connection& connection,
                                  const ragqueue::SqlSource& source) try {
  std::vector<Finding> findings;
  for (const ragqueue::LargeScan& scan : ragqueue::large_scans(connection.get(), source)) {
    findings.push_back(
        {.check = "source " + source.type,
         .state = "note",
         .words =
             fmt::format("its query reads all of {}, about {} rows, for each batch", scan.table, scan.rows),
         .advice = fmt::format("Create an index that its WHERE can use, such as: CREATE INDEX ON {} (id)",
                               scan.table)});
  }
  return findings;
} catch (const ragqueue::Error&) {
  return {};  // the check of the query itself says why
}

}  // namespace rag_worker
