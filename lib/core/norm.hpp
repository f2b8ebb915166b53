#pragma once

#include <array>
#include <cstddef>
#include <numeric>
#include <span>

namespace ragqueue {

/// The sum of squares. Several partial sums, as one alone would wait for each addition.
[[nodiscard]] inline double squared_norm(std::span<const float> vector) {
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> sums{};
  const std::size_t whole = vector.size() / lanes * lanes;
  for (std::size_t at = 0; at < whole; at += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double component = vector[at + lane];
      sums[lane] += component * component;
    }
  }
  for (const float component : vector.subspan(whole)) sums[0] += double{component} * double{component};
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace ragqueue
