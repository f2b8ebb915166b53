#pragma once

#include <cstddef>
#include <vector>

#include "ragqueue/search.hpp"

namespace ragqueue {

/// How many documents each part finds at least, so that a smaller limit only shows fewer of the same.
inline constexpr std::size_t least_depth = 100;

/// One list of two, each the best first, by the weighted sum of their scores (search()). A document that
/// leads by its words comes first. One of both lists shows the passage that its words found, unless those say
/// little.
[[nodiscard]] std::vector<SearchHit> fuse(std::vector<SearchHit> by_vector, std::vector<SearchHit> by_text);

}  // namespace ragqueue
