#include "ragqueue/canaries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <span>
#include <string_view>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

namespace {

constexpr std::array<std::string_view, 3> texts{"The printer on the third floor is out of paper.",
                                                "Invoice 4711 was paid by bank transfer.",
                                                "A heron stood in the shallow water and waited for fish."};

std::vector<std::vector<float>> embed(const Embedder& embedder, std::span<const std::string_view> words,
                                      const std::stop_token& stop) {
  const std::size_t dimension = embedder.dimension();
  std::vector<float> rows(words.size() * dimension);
  const auto rejected = embedder.embed(words, Purpose::document, rows, stop);
  if (stop.stop_requested()) throw Error(Fault::outage, "the call was broken off");
  if (!rejected.empty()) {
    throw Error(Fault::setup, fmt::format("the embedder refuses '{}': {}", words[rejected.front().index],
                                          rejected.front().reason));
  }
  check_vectors(rows, dimension);
  std::vector<std::vector<float>> vectors;
  for (auto begin = rows.begin(); begin != rows.end(); begin += static_cast<std::ptrdiff_t>(dimension))
    vectors.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(dimension));
  return vectors;
}

/// `[0.25,-1]`, as pgvector writes it.
std::vector<float> read_vector(std::string_view text) {
  std::vector<float> vector;
  while (text.size() > 1) {
    text.remove_prefix(1);
    const std::size_t end = text.find_first_of(",]");
    float value = 0;
    std::from_chars(text.data(), text.data() + end, value);
    vector.push_back(value);
    text.remove_prefix(end);
  }
  return vector;
}

double product(std::span<const float> left, std::span<const float> right) {
  return std::transform_reduce(left.begin(), left.end(), right.begin(), 0.0, std::plus<>(),
                               [](float a, float b) { return double{a} * double{b}; });
}

double cosine(std::span<const float> left, std::span<const float> right) {
  return product(left, right) / std::sqrt(product(left, left) * product(right, right));
}

}  // namespace

void store_canaries(pg_conn* connection, const Embedder& embedder) {
  if (stored_canaries(connection)) return;
  const auto vectors = embed(embedder, texts, {});
  pg::execute(connection, sql::store_canaries,
              pg::Params().add_array(texts).add_vectors(
                  vectors, [](const std::vector<float>& vector) { return std::span<const float>(vector); }));
}

std::optional<Canaries> stored_canaries(pg_conn* connection) {
  const pg::Result rows = pg::execute(connection, sql::stored_canaries);
  if (rows.rows() == 0) return std::nullopt;
  Canaries canaries;
  for (int row = 0; row < rows.rows(); ++row) {
    canaries.texts.push_back(rows.get<std::string>(row, 0));
    canaries.vectors.push_back(read_vector(rows.get<std::string>(row, 1)));
  }
  return canaries;
}

void check_canaries(const Canaries& canaries, const Embedder& embedder, const std::stop_token& stop) {
  constexpr double least_same = 0.99;  // below any noise of half precision or of another batch size
  const std::vector<std::string_view> words(canaries.texts.begin(), canaries.texts.end());
  const auto vectors = embed(embedder, words, stop);
  for (std::size_t text = 0; text < vectors.size(); ++text) {
    const bool comparable = vectors[text].size() == canaries.vectors[text].size();
    const double same = comparable ? cosine(vectors[text], canaries.vectors[text]) : 0;
    if (same >= least_same) continue;
    throw Error(
        Fault::setup,
        fmt::format("another model has the name '{}' now: the vector of '{}' is not the one that the "
                    "index was begun with (cosine {:.3f}). Have the server serve that model again, or "
                    "index everything anew with: rag_worker init --rebuild-index",
                    embedder.name(), words[text], same));
  }
}

}  // namespace ragqueue
