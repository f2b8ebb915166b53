#pragma once

#include <cstddef>
#include <vector>

#include "ragqueue/search.hpp"

namespace ragqueue {

/// Puts the hits whose passage is the same text as an earlier one's, or nearly, behind all others, both in
/// their order. Returns how many others there are. Only the first 500 are compared.
std::size_t defer_copies(std::vector<SearchHit>& hits);

}  // namespace ragqueue
