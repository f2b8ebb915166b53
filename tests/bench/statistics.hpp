#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ragqueue::bench {

/// The value below which a `share` of at least one value lies: 0.5 is the median.
inline double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values.at(std::min(rank, values.size() - 1));
}

inline double median(std::vector<double> values) {
  return percentile(std::move(values), 0.5);
}

/// Of the ratios of two measurements that were taken in turns.
struct Spread {
  double median = 0, least = 0, most = 0;
};

/// Both have a value for each round.
inline Spread ratio(const std::vector<double>& values, const std::vector<double>& baselines) {
  std::vector<double> ratios;
  for (std::size_t round = 0; round < values.size(); ++round)
    ratios.push_back(values[round] / baselines.at(round));
  return {.median = median(ratios), .least = std::ranges::min(ratios), .most = std::ranges::max(ratios)};
}

}  // namespace ragqueue::bench
