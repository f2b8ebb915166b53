#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ragqueue/export.hpp"
#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue {

/// A document found, by its best chunk.
struct SearchHit {
  double score = 0;  ///< Cosine similarity, -1 to 1.
  std::string source_type;
  Uuid source_id;
  std::string title;
  std::string passage;
};

/// The `limit` documents of one organization nearest to `query` by cosine, best first; each document once.
/// `query` has the dimension of the index. `connection` must be idle; inside an open transaction, search
/// settings last until its end.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<SearchHit> search(pg_conn* connection, const Uuid& organization_id,
                                                            std::span<const float> query, std::size_t limit);

}  // namespace ragqueue
