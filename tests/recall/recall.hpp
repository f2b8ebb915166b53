#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "pages.hpp"
#include "ragqueue/chunker.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/search.hpp"

namespace ragqueue::recall {

/// How pages are indexed.
struct Setting {
  ChunkOptions chunks;
  bool titles = true;  ///< Whether pages have their titles.
};

/// The half of the questions that settings are chosen on, and the half that they are judged by.
enum Half : std::size_t { chosen_on, judged_by, halves };
/// By a hash of the page's name, so that it never changes.
[[nodiscard]] Half half_of(const Page& page);

/// How well questions find their own pages among the first ten.
struct Score {
  double questions = 0;
  double first = 0;    ///< Questions whose page comes first.
  double in_ten = 0;   ///< Questions whose page is among the first ten.
  double inverse = 0;  ///< Sum of 1 / rank over those.
};
[[nodiscard]] Score operator+(const Score& left, const Score& right);

inline constexpr std::size_t modes = 3;  // of SearchMode

struct Recall {
  std::size_t chunks = 0;       ///< Of all pages.
  double tokens_per_chunk = 0;  ///< Mean.
  std::array<std::array<Score, halves>, modes> scores;
  std::vector<std::size_t> missed;  ///< Pages that the fused search does not bring among the first ten.
};

/// One vector for each page's description, row by row.
[[nodiscard]] std::vector<float> embed_questions(std::span<const Page> pages, const Embedder& embedder);

/// Indexes all pages in a database of their own and puts the question of each page that is asked, in every
/// mode. `questions` is of embed_questions.
[[nodiscard]] Recall measure(std::span<const Page> pages, std::span<const float> questions,
                             const Setting& setting, const Embedder& embedder);

}  // namespace ragqueue::recall
