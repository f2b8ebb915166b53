// Tokens a second of the built-in model on one thread, beside the bare matrix products of the same sizes.
//   model_benchmark [TOKENS_A_TEXT [TEXTS_A_CALL]]

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "ragqueue/builtin_embedder.hpp"

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Of processor time, so that a busy machine says nearly the same as an idle one.
double seconds(const std::function<void()>& action) {
  const std::clock_t start = std::clock();
  action();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double best_seconds(const std::function<void()>& action) {
  action();
  double best = seconds(action);
  for (int round = 0; round < 9; ++round) best = std::min(best, seconds(action));
  return best;
}

/// The products of one batch, and nothing else.
double bare_products(Eigen::Index tokens) {
  constexpr Eigen::Index sizes[][2] = {{256, 512},  {256, 768}, {256, 512},  {512, 1536}, {1536, 512},
                                       {512, 1536}, {512, 512}, {512, 1536}, {1536, 512}};
  double total = 0;
  for (const auto& size : sizes) {
    const Matrix input = Matrix::Random(tokens, size[0]);
    const Matrix weight = Matrix::Random(size[0], size[1]);
    Matrix output(tokens, size[1]);
    total += best_seconds([&] { output.noalias() = input * weight; });
  }
  return total;
}

std::string text_of(const ragqueue::Embedder& embedder, std::size_t tokens) {
  std::string text = "the";
  while (embedder.count_tokens(text) < tokens) text += " paper";
  return text;
}

void report(const char* what, std::size_t tokens, double time) {
  fmt::print("{:<34} {:>9.0f} tokens/s  {:>8.3f} ms\n", what, static_cast<double>(tokens) / time, time * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t tokens = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100;
  const std::size_t texts = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100;

  std::shared_ptr<const ragqueue::Embedder> embedder;
  fmt::print("load {:.1f} ms\n", 1e3 * seconds([&] { embedder = ragqueue::builtin_embedder(); }));
  const std::string text = text_of(*embedder, tokens);
  const std::vector<std::string_view> call(texts, text);
  std::vector<float> vectors(texts * embedder->dimension());

  report("count_tokens", tokens * texts, best_seconds([&] {
           for (const auto& each : call) static_cast<void>(embedder->count_tokens(each));
         }));
  report("embed", tokens * texts, best_seconds([&] { (void)embedder->embed(call, vectors, {}); }));
  report("embed, one text", tokens, best_seconds([&] { (void)ragqueue::embed_text(*embedder, text); }));
  report("bare products, 512 rows", 512, bare_products(512));
}
