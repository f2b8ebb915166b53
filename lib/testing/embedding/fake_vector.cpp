#include <cmath>
#include <cstdint>

#include "ragqueue/testing/fake_embedding_server.hpp"

namespace ragqueue::testing {
namespace {

/// FNV-1a.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char byte : text) value = (value ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return value;
}

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
std::uint64_t next(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t value = state;
  value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ value >> 27U) * 0x94d049bb133111ebULL;
  return value ^ value >> 31U;
}

}  // namespace

std::vector<float> fake_vector(std::string_view text, std::size_t dimension) {
  std::vector<float> vector(dimension);
  std::uint64_t state = hash(text);
  double sum = 0;
  for (float& component : vector) {
    // Odd, so that no vector is all zeros: from -1 to 1 in steps of 2^-23.
    component =
        static_cast<float>(static_cast<std::int64_t>(next(state) >> 40U | 1U) - (1 << 23)) / (1 << 23);
    sum += static_cast<double>(component) * component;
  }
  const double scale = 1 / std::sqrt(sum);
  for (float& component : vector) component = static_cast<float>(component * scale);
  return vector;
}

}  // namespace ragqueue::testing
