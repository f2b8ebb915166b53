#include "ragqueue/embedder_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

using Clock = std::chrono::steady_clock;

double product(std::span<const float> left, std::span<const float> right) {
  return std::transform_reduce(left.begin(), left.end(), right.begin(), 0.0, std::plus<>(),
                               [](float a, float b) { return double{a} * double{b}; });
}

double cosine(std::span<const float> left, std::span<const float> right) {
  return product(left, right) / std::sqrt(product(left, left) * product(right, right));
}

std::vector<std::string> test_texts(std::size_t count) {
  std::vector<std::string> texts{"The printer on the third floor is out of paper."};
  while (texts.size() < count)
    texts.push_back(fmt::format("Invoice {} was paid by bank transfer.", texts.size()));
  return texts;
}

std::vector<float> embed_all(const Embedder& embedder, const std::vector<std::string>& texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> vectors(texts.size() * embedder.dimension());
  const auto rejected = embedder.embed(views, Purpose::document, vectors, {});
  if (!rejected.empty()) throw InvalidInput("text", views[rejected.front().index], rejected.front().reason);
  check_vectors(vectors, embedder.dimension());
  return vectors;
}

/// Neither bound is met by a model's own noise, such as that of another batch size in half precision.
void require_useful(std::span<const float> vector, std::span<const float> again,
                    std::span<const float> other) {
  constexpr double least_same = 0.99;
  constexpr double most_different = 0.9999;
  if (const double same = cosine(vector, again); same < least_same) {
    throw Error(Fault::setup,
                fmt::format("a text alone and the same among others have vectors of cosine {:.3f}", same));
  }
  if (cosine(vector, other) > most_different) {
    throw Error(Fault::setup, "texts that have nothing in common have the same vector");
  }
}

}  // namespace

EmbedderCheck check_embedder(const Embedder& embedder) {
  constexpr std::size_t most_texts = 32;
  const std::size_t dimension = embedder.dimension();
  const std::vector<std::string> texts =
      test_texts(std::clamp<std::size_t>(embedder.limits().max_texts, 1, most_texts));
  const auto begin = Clock::now();
  const std::vector<float> vector = embed_all(embedder, {texts.front()});
  const auto middle = Clock::now();
  const std::vector<float> vectors = embed_all(embedder, texts);
  const auto end = Clock::now();
  const std::span<const float> rows(vectors);
  if (texts.size() > 1) require_useful(vector, rows.first(dimension), rows.subspan(dimension, dimension));
  return {.norm = std::sqrt(product(vector, vector)),
          .one = middle - begin,
          .batch = texts.size(),
          .whole = end - middle};
}

}  // namespace ragqueue
