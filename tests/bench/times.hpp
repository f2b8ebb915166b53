#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "bench.hpp"

namespace ragqueue::bench {

/// Median and worst of at least one time.
inline Row row_of_times(const std::string& what, const std::string& unit, std::vector<double> times) {
  std::ranges::sort(times);
  return {{"what", what},
          {"count", times.size()},
          {"median " + unit, times.at(times.size() / 2)},
          {"worst " + unit, times.back()}};
}

}  // namespace ragqueue::bench
