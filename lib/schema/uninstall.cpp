#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/schema.hpp"
#include "schema/locked_tables.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

std::vector<std::string> uninstall_statements(pg_conn* connection) {
  require_schema(connection);
  std::vector<std::pair<std::int32_t, std::string>> placed;
  const auto add = [&](const pg::Result& rows) {
    for (int row = 0; row < rows.rows(); ++row)
      placed.emplace_back(rows.get<std::int32_t>(row, 0), rows.get<std::string>(row, 1));
  };
  add(pg::execute(connection, sql::uninstall, pg::Params().add_array(sql::functions::names)));
  add(pg::execute(connection, sql::restore_adopted));
  std::ranges::sort(placed);
  std::vector<std::string> statements;
  for (auto& [place, statement] : placed) statements.push_back(std::move(statement));
  return statements;
}

std::vector<std::string> uninstall_remains(pg_conn* connection) {
  require_schema(connection);
  const pg::Result rows = pg::execute(connection, sql::uninstall_remains);
  std::vector<std::string> remains;
  for (int row = 0; row < rows.rows(); ++row) remains.push_back(rows.get<std::string>(row, 0));
  return remains;
}

void uninstall_schema(pg_conn* connection, const Log& log) {
  require_schema(connection);
  const std::vector<std::string> tables{"rag_schema", "rag_workers", "rag_index_queue", "rag_documents",
                                        "rag_chunks", "rag_nodes",   "rag_edges"};
  pg::with_locked_tables(connection, tables, log, [&] {
    pg::shut_out_workers(connection);
    for (const std::string& statement : uninstall_statements(connection))
      pg::execute_script(connection, statement);
  });
}

}  // namespace ragqueue
