#include <array>
#include <string>
#include <string_view>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "ragqueue/database_check.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

namespace {

/// Of a plan's line, the name of the table that it reads from end to end, as SQL writes it; empty for other
/// lines.
std::string scanned_table(std::string_view line) {
  constexpr std::string_view scan = "Seq Scan on ";
  const std::size_t found = line.find(scan);
  if (found == std::string_view::npos) return {};
  line.remove_prefix(found + scan.size());
  bool quoted = false;
  std::size_t end = 0;
  while (end < line.size() && (quoted || line[end] != ' ')) quoted = (line[end++] == '"') != quoted;
  return std::string(line.substr(0, end));
}

pg::Result plan_of(pg_conn* connection, const SqlSource& source) {
  const std::size_t end = source.query.find_last_not_of("; \t\r\n");
  const std::array<Uuid, 10> ids{};
  const Uuid nobody;
  return pg::limited(connection, [&] {
    pg::execute(connection, "SELECT set_config('app.current_org', $1, true)",
                pg::Params().add(nobody.to_string()));
    return pg::execute(connection, "EXPLAIN (VERBOSE, COSTS OFF) " + source.query.substr(0, end + 1),
                       pg::Params().add(nobody).add_array(ids));
  });
}

}  // namespace

std::vector<LargeScan> large_scans(pg_conn* connection, const SqlSource& source) {
  const pg::Result plan = plan_of(connection, source);
  std::vector<LargeScan> scans;
  for (int row = 0; row < plan.rows(); ++row) {
    const std::string table = scanned_table(plan.get<std::string>(row, 0));
    if (table.empty()) continue;
    const pg::Result large = pg::execute(connection, sql::large_table, pg::Params().add(table));
    if (large.rows() > 0) scans.push_back({large.get<std::string>(0, 0), large.get<std::int64_t>(0, 1)});
  }
  return scans;
}

}  // namespace ragqueue
