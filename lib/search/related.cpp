#include "ragqueue/related.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "search/reading.hpp"
#include "search/sql.hpp"

namespace ragqueue {

namespace {

void check(int depth, std::size_t limit) {
  if (depth < 1 || depth > max_related_depth)
    throw InvalidInput("depth", std::to_string(depth), fmt::format("must be 1 to {}", max_related_depth));
  if (limit > max_related_limit)
    throw InvalidInput("limit", std::to_string(limit), fmt::format("must be at most {}", max_related_limit));
}

Uuid start_of(pg_conn* connection, const SourceKey& source) {
  const pg::Result found =
      pg::execute(connection, sql::related_start,
                  pg::Params().add(source.organization_id).add(source.source_type).add(source.source_id));
  if (found.rows() > 0) return found.get<Uuid>(0, 0);
  throw InvalidInput("source_id", source.source_id.to_string(),
                     fmt::format("the organization's graph has no '{}' of this id", source.source_type));
}

/// Goes through the graph breadth first, no farther than the nodes that are wanted.
class Walk {
 public:
  Walk(pg_conn* connection, const Uuid& organization_id, const Uuid& start)
      : connection_(connection), organization_id_(organization_id), seen_{start}, last_{start} {}

  /// Appends the nodes of the next step, at most until there are `limit`. Returns whether there were any.
  bool step(std::vector<RelatedNode>& nodes, std::size_t limit) {
    ++depth_;
    const pg::Result rows = read(limit - nodes.size());
    last_.clear();
    for (int row = 0; row < rows.rows() && !rows.null(row, 1); ++row) {
      last_.push_back(rows.get<Uuid>(row, 1));
      // The application's own nodes need have no type or id: the walk leads through them.
      if (!rows.null(row, 2) && !rows.null(row, 3)) nodes.push_back(node_of(rows, row));
    }
    seen_.insert(seen_.end(), last_.begin(), last_.end());
    return !last_.empty();
  }

 private:
  /// Several edges may lead to one node, so that more are looked at where too few nodes were found.
  [[nodiscard]] pg::Result read(std::size_t wanted) const {
    for (std::int64_t edges = 2 * static_cast<std::int64_t>(wanted);; edges *= 4) {
      pg::Result rows = pg::execute(connection_, sql::related_step,
                                    pg::Params()
                                        .add(organization_id_)
                                        .add_array(last_)
                                        .add_array(seen_)
                                        .add(static_cast<std::int64_t>(wanted))
                                        .add(edges));
      if (!rows.get<bool>(0, 0) || rows.rows() == static_cast<int>(wanted)) return rows;
    }
  }

  [[nodiscard]] RelatedNode node_of(const pg::Result& rows, int row) const {
    return {.depth = depth_,
            .node_type = rows.get<std::string>(row, 2),
            .node_id = rows.get<Uuid>(row, 3),
            .title = rows.maybe<std::string>(row, 4).value_or(""),
            .indexed = rows.get<bool>(row, 5),
            .edge_type = rows.get<std::string>(row, 6),
            .weight = rows.get<double>(row, 7),
            .forward = rows.get<bool>(row, 8),
            .from_type = rows.get<std::string>(row, 9),
            .from_id = rows.get<Uuid>(row, 10)};
  }

  pg_conn* connection_;
  const Uuid& organization_id_;
  std::vector<Uuid> seen_;
  std::vector<Uuid> last_;
  int depth_ = 0;
};

}  // namespace

std::vector<RelatedNode> related(pg_conn* connection, const SourceKey& source, int depth, std::size_t limit,
                                 const ReadOptions& options) {
  check(depth, limit);
  pg::Reading reading(connection, source.organization_id, options);
  Walk walk(connection, source.organization_id, start_of(connection, source));
  std::vector<RelatedNode> nodes;
  for (int step = 0; step < depth && nodes.size() < limit; ++step) {
    if (!walk.step(nodes, limit)) break;
  }
  reading.end();
  return nodes;
}

}  // namespace ragqueue
