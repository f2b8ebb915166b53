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

inline constexpr std::size_t max_search_limit = 10'000;

/// The `limit` documents of one organization nearest to `query` by cosine, best first; each document once.
/// As many as there are, up to max_search_limit (InvalidInput beyond): where the HNSW index gives up on a
/// filter, an exact scan of the organization's chunks answers. `query` has the dimension of the index.
/// `connection` must be idle; inside an open transaction, search settings last until its end.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<SearchHit> search(pg_conn* connection, const Uuid& organization_id,
                                                            std::span<const float> query, std::size_t limit);

}  // namespace ragqueue
