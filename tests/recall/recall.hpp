#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pages.hpp"
#include "ragqueue/chunker.hpp"
#include "ragqueue/embedder.hpp"

namespace ragqueue::recall {

/// How pages are made into vectors.
struct Setting {
  ChunkOptions chunks;
  bool titles = true;  ///< Whether the title leads each chunk.
};

/// How well the questions find their pages. A page's score is that of its best chunk, by exact cosine.
struct Recall {
  std::size_t questions = 0;
  std::size_t chunks = 0;           ///< Of all pages.
  double tokens_per_chunk = 0;      ///< Mean.
  double at_1 = 0;                  ///< Share of the questions whose own page comes first.
  double at_10 = 0;                 ///< Share of those whose own page is among the first ten.
  double reciprocal_rank = 0;       ///< Mean of 1 / rank.
  std::vector<std::size_t> missed;  ///< Pages that are not among the first ten of their own question.
};

/// One vector for each page's description, row by row.
[[nodiscard]] std::vector<float> embed_questions(std::span<const Page> pages, const Embedder& embedder);

/// Indexes all pages in memory and puts the question of each page that is asked. `questions` is of
/// embed_questions.
[[nodiscard]] Recall measure(std::span<const Page> pages, std::span<const float> questions,
                             const Setting& setting, const Embedder& embedder);

}  // namespace ragqueue::recall
