#include "ragqueue/related.hpp"

#include <fmt/format.h>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "search/sql.hpp"

namespace ragqueue {

namespace {

void require_node(pg_conn* connection, const SourceKey& source) {
  const pg::Result found = pg::execute(
      connection, "SELECT FROM rag_nodes WHERE organization_id = $1 AND node_type = $2 AND node_id = $3",
      pg::Params().add(source.organization_id).add(source.source_type).add(source.source_id));
  if (found.rows() > 0) return;
  throw InvalidInput("source_id", source.source_id.to_string(),
                     fmt::format("the organization's graph has no '{}' of this id", source.source_type));
}

}  // namespace

std::vector<RelatedNode> related(pg_conn* connection, const SourceKey& source, int depth, std::size_t limit) {
  if (depth < 1 || depth > max_related_depth) {
    throw InvalidInput("depth", std::to_string(depth), fmt::format("must be 1 to {}", max_related_depth));
  }
  const pg::Result rows = pg::execute(connection, sql::related,
                                      pg::Params()
                                          .add(source.organization_id)
                                          .add(source.source_type)
                                          .add(source.source_id)
                                          .add(std::int32_t{depth})
                                          .add(static_cast<std::int64_t>(limit)));
  if (rows.rows() == 0) require_node(connection, source);
  std::vector<RelatedNode> nodes;
  for (int row = 0; row < rows.rows(); ++row) {
    nodes.push_back({.depth = rows.get<std::int32_t>(row, 0),
                     .node_type = rows.get<std::string>(row, 1),
                     .node_id = rows.get<Uuid>(row, 2),
                     .title = rows.maybe<std::string>(row, 3).value_or(""),
                     .indexed = rows.get<bool>(row, 4),
                     .edge_type = rows.get<std::string>(row, 5),
                     .weight = rows.get<double>(row, 6),
                     .forward = rows.get<bool>(row, 7),
                     .from_type = rows.get<std::string>(row, 8),
                     .from_id = rows.get<Uuid>(row, 9)});
  }
  return nodes;
}

}  // namespace ragqueue
