#include "recall.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "ragqueue/error.hpp"

namespace ragqueue::recall {

namespace {

struct Index {
  std::vector<Chunk> chunks;
  std::vector<std::size_t> page_of;  ///< For each chunk.
  std::vector<float> vectors;
};

std::vector<float> embed(const std::vector<std::string_view>& texts, const Embedder& embedder) {
  const std::size_t dimension = embedder.dimension();
  const std::size_t batch = embedder.limits().max_texts;
  std::vector<float> vectors(texts.size() * dimension);
  for (std::size_t first = 0; first < texts.size(); first += batch) {
    const std::size_t count = std::min(batch, texts.size() - first);
    const auto rejected =
        embedder.embed(std::span(texts).subspan(first, count),
                       std::span(vectors).subspan(first * dimension, count * dimension), {});
    if (!rejected.empty()) throw Error(Fault::input, rejected.front().reason);
  }
  return vectors;
}

Index index(std::span<const Page> pages, const Setting& setting, const Embedder& embedder) {
  const auto chunker = make_text_chunker(setting.chunks);
  Index result;
  for (std::size_t page = 0; page < pages.size(); ++page) {
    Document document;
    if (setting.titles) document.title = pages[page].title;
    document.body = pages[page].body;
    for (Chunk& chunk : chunker->split(document, embedder)) {
      result.chunks.push_back(std::move(chunk));
      result.page_of.push_back(page);
    }
  }
  const std::vector<std::string_view> texts = [&] {
    std::vector<std::string_view> all;
    for (const Chunk& chunk : result.chunks) all.push_back(chunk.embedded_text);
    return all;
  }();
  result.vectors = embed(texts, embedder);
  return result;
}

/// Each page's best score. Vectors have length one, so that the product is the cosine.
std::vector<float> score_pages(const Index& index, std::span<const float> question, std::size_t pages) {
  std::vector<float> scores(pages, -1.0F);
  for (std::size_t chunk = 0; chunk < index.chunks.size(); ++chunk) {
    const auto vector = std::span(index.vectors).subspan(chunk * question.size(), question.size());
    const float cosine = std::inner_product(vector.begin(), vector.end(), question.begin(), 0.0F);
    float& best = scores[index.page_of[chunk]];
    best = std::max(best, cosine);
  }
  return scores;
}

}  // namespace

std::vector<float> embed_questions(std::span<const Page> pages, const Embedder& embedder) {
  std::vector<std::string_view> texts;
  for (const Page& page : pages) texts.emplace_back(page.description);
  return embed(texts, embedder);
}

Recall measure(std::span<const Page> pages, std::span<const float> questions, const Setting& setting,
               const Embedder& embedder) {
  const Index indexed = index(pages, setting, embedder);
  Recall recall;
  recall.chunks = indexed.chunks.size();
  for (const Chunk& chunk : indexed.chunks) recall.tokens_per_chunk += static_cast<double>(chunk.token_count);
  recall.tokens_per_chunk /= static_cast<double>(recall.chunks);
  for (std::size_t page = 0; page < pages.size(); ++page) {
    if (!pages[page].asked) continue;
    const auto question = questions.subspan(page * embedder.dimension(), embedder.dimension());
    const std::vector<float> scores = score_pages(indexed, question, pages.size());
    const auto better = std::ranges::count_if(scores, [&](float score) { return score > scores[page]; });
    ++recall.questions;
    recall.at_1 += better < 1 ? 1 : 0;
    recall.at_10 += better < 10 ? 1 : 0;
    recall.reciprocal_rank += 1.0 / static_cast<double>(better + 1);
    if (better >= 10) recall.missed.push_back(page);
  }
  const auto total = static_cast<double>(recall.questions);
  recall.at_1 /= total;
  recall.at_10 /= total;
  recall.reciprocal_rank /= total;
  return recall;
}

}  // namespace ragqueue::recall
