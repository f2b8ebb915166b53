#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/read_options.hpp"
#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue {

/// A node reached on a walk through the graph, and the edge that led to it.
struct RelatedNode {
  int depth = 0;          ///< Edges between the start and this node, from 1.
  std::string node_type;  ///< The source's type.
  Uuid node_id;           ///< The source's id.
  std::string title;      ///< Empty while the source is not indexed.
  bool indexed = false;   ///< Whether there is a document of it, or it is only the target of a link.
  std::string edge_type;  ///< Of the heaviest edge from a node one step nearer to the start.
  double weight = 0;      ///< That edge's.
  bool forward = true;    ///< Whether that edge leads to this node, or from it.
  std::string from_type;  ///< The node at the edge's other end.
  Uuid from_id;
};

inline constexpr int max_related_depth = 10;
inline constexpr std::size_t max_related_limit = 10'000;

/// The nodes within `depth` edges of a source, in whichever direction an edge leads, each once at its least
/// depth: nearest first, then the heaviest edge. Never leaves the organization; cycles do no harm. A step
/// looks only at the heaviest edges of a node, as many as are needed, so that a node of 100,000 links costs
/// no more than one of `limit`. `connection` as for search(); one statement a step. Throws InvalidInput when
/// the source is no node of the graph, for a depth outside 1 to max_related_depth and a limit beyond
/// max_related_limit.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<RelatedNode> related(pg_conn* connection, const SourceKey& source,
                                                               int depth = 1, std::size_t limit = 100,
                                                               const ReadOptions& options = {});

}  // namespace ragqueue
