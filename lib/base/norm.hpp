#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <functional>
#include <numeric>
#include <span>

namespace ragqueue {

/// The sum of squares.
[[nodiscard]] inline double squared_norm(std::span<const float> vector) {
  return std::transform_reduce(vector.begin(), vector.end(), 0.0, std::plus<>(),
                               [](float component) { return double{component} * double{component}; });
}

/// The same by single precision, several components at once. Infinite or zero where its range does not do.
[[nodiscard]] inline float rough_squared_norm(std::span<const float> vector) {
  // GCC's and Clang's own: a register of SSE or NEON. Several sums, as one would wait for each addition.
  using Lanes = float __attribute__((vector_size(16)));
  constexpr std::size_t width = sizeof(Lanes) / sizeof(float);
  constexpr std::size_t step = 4 * width;
  const auto load = [&](std::size_t at) {
    Lanes lanes;
    std::memcpy(&lanes, vector.data() + at, sizeof lanes);
    return lanes;
  };
  Lanes first{}, second{}, third{}, fourth{};
  std::size_t at = 0;
  for (; vector.size() - at >= step; at += step) {
    const Lanes a = load(at), b = load(at + width), c = load(at + 2 * width), d = load(at + 3 * width);
    first += a * a;
    second += b * b;
    third += c * c;
    fourth += d * d;
  }
  const Lanes all = (first + second) + (third + fourth);
  float sum = (all[0] + all[1]) + (all[2] + all[3]);
  for (; at < vector.size(); ++at) sum += vector[at] * vector[at];
  return sum;
}

/// Whether all components are finite and not all of them zero.
[[nodiscard]] inline bool has_norm(std::span<const float> vector) {
  const float rough = rough_squared_norm(vector);
  if (std::isfinite(rough) && rough > 0) return true;
  const double norm = squared_norm(vector);
  return std::isfinite(norm) && norm > 0;
}

}  // namespace ragqueue
