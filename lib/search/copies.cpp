#include "search/copies.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>

namespace ragqueue {

namespace {

constexpr std::size_t max_compared = 500;
constexpr std::size_t shingle_size = 4;  // bytes
constexpr double same = 0.8;             // share of the shingles of two texts that both have
constexpr std::size_t sketch_size = 32;  // of two that are nearly the same, most of the least hashes are too
constexpr std::size_t least_in_sketch = 8;

/// A text as the sorted hashes of its runs of characters (Broder, "On the resemblance and containment of
/// documents", 1997).
using Shingles = std::vector<std::uint64_t>;

std::string comparable(std::string_view text) {
  std::string squeezed;
  for (const char byte : text) {
    const auto character = static_cast<unsigned char>(byte);
    if (std::isspace(character) == 0) {
      squeezed += static_cast<char>(std::tolower(character));
    } else if (!squeezed.empty() && squeezed.back() != ' ') {
      squeezed += ' ';
    }
  }
  return squeezed;
}

Shingles shingles_of(std::string_view passage) {
  const std::string text = comparable(passage);
  Shingles shingles;
  for (std::size_t begin = 0; begin + shingle_size <= text.size(); ++begin)
    shingles.push_back(std::hash<std::string_view>()(std::string_view(text).substr(begin, shingle_size)));
  std::ranges::sort(shingles);
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

std::size_t count_common(const Shingles& left, const Shingles& right, std::size_t first) {
  const auto end = [first](const Shingles& all) {
    return std::next(all.begin(), static_cast<std::ptrdiff_t>(std::min(first, all.size())));
  };
  std::size_t common = 0;
  auto one = left.begin();
  auto other = right.begin();
  while (one != end(left) && other != end(right)) {
    common += *one == *other ? 1 : 0;
    const bool forward = *one <= *other;
    if (*other <= *one) ++other;
    if (forward) ++one;
  }
  return common;
}

bool nearly_same(const Shingles& left, const Shingles& right) {
  const auto [less, more] = std::minmax({left.size(), right.size()});
  if (less == 0 || static_cast<double>(less) < same * static_cast<double>(more)) return false;
  if (less > sketch_size && count_common(left, right, sketch_size) < least_in_sketch) return false;
  const std::size_t common = count_common(left, right, more);
  return static_cast<double>(common) >= same * static_cast<double>(less + more - common);
}

}  // namespace

std::size_t defer_copies(std::vector<SearchHit>& hits) {
  std::vector<Shingles> seen;
  std::size_t place = 0;
  const auto copies = std::stable_partition(hits.begin(), hits.end(), [&](const SearchHit& hit) {
    if (place++ >= max_compared) return true;
    Shingles shingles = shingles_of(hit.passage);
    const auto is_same = [&](const Shingles& earlier) { return nearly_same(earlier, shingles); };
    if (std::ranges::any_of(seen, is_same)) return false;
    seen.push_back(std::move(shingles));
    return true;
  });
  return static_cast<std::size_t>(copies - hits.begin());
}

}  // namespace ragqueue
