#pragma once

#include <cstddef>
#include <vector>

#include "ragqueue/search.hpp"

namespace ragqueue {

/// How many documents of each part are fused; a smaller limit then only shows fewer of the same.
inline constexpr std::size_t least_fusion_depth = 100;

/// One list of two, each the best first, by the weighted sum of their scores (search()). A document of both
/// keeps the passage of the part that placed it higher.
[[nodiscard]] std::vector<SearchHit> fuse(std::vector<SearchHit> by_vector, std::vector<SearchHit> by_text,
                                          std::size_t limit);

}  // namespace ragqueue
