#include "db/statement.hpp"
#include "ragqueue/search.hpp"
#include "search/reading.hpp"
#include "search/sql.hpp"

namespace ragqueue {

std::vector<std::string> types_without_documents(pg_conn* connection, const Uuid& organization_id,
                                                 std::span<const std::string> source_types,
                                                 const ReadOptions& options) {
  pg::Reading reading(connection, organization_id, options);
  const pg::Result rows = pg::execute(connection, sql::types_without_documents,
                                      pg::Params().add(organization_id).add_array(source_types));
  std::vector<std::string> types;
  for (int row = 0; row < rows.rows(); ++row) types.push_back(rows.get<std::string>(row, 0));
  reading.end();
  return types;
}

}  // namespace ragqueue
