#include "golden.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "embed/model/model_file.hpp"
#include "embed/model/normalization.hpp"

namespace ragqueue::testing {

std::vector<Golden> read_golden() {
  std::ifstream file(EMBED_GOLDEN_FILE);
  std::vector<Golden> golden;
  for (const auto& entry : nlohmann::json::parse(file)) {
    golden.push_back({entry.at("text").get<std::string>(), entry.at("embedding").get<std::vector<float>>()});
  }
  return golden;
}

Original::Original(const std::filesystem::path& model_file, kernel::Encode encode)
    : tokenizer_(read_model_file(model_file).pieces),
      transformer_(read_model_file(model_file).tensors, encode) {}

std::vector<float> Original::embed(const std::string& text) const {
  std::vector<std::int32_t> tokens = tokenizer_.encode(normalize_nfkc(text));
  tokens.resize(std::min(tokens.size(), Transformer::max_tokens));
  const std::size_t length = tokens.size();
  std::vector<float> vector(Transformer::dimension);
  Workspace workspace;
  transformer_.encode(tokens, {&length, 1}, workspace, vector);
  return vector;
}

std::vector<Variant> runnable_variants() {
  std::vector<Variant> variants{{"baseline", kernel::baseline::encode}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    variants.push_back({"avx2", kernel::avx2::encode});
  }
  if (kernel::fastest_encode() == kernel::avx512::encode)
    variants.push_back({"avx512", kernel::avx512::encode});
#endif
  return variants;
}

double cosine(std::span<const float> left, std::span<const float> right) {
  double product = 0;
  double left_squares = 0;
  double right_squares = 0;
  for (std::size_t index = 0; index < left.size(); ++index) {
    product += double{left[index]} * double{right[index]};
    left_squares += double{left[index]} * double{left[index]};
    right_squares += double{right[index]} * double{right[index]};
  }
  return product / std::sqrt(left_squares * right_squares);
}

double largest_difference(std::span<const float> left, std::span<const float> right) {
  double largest = 0;
  for (std::size_t index = 0; index < left.size(); ++index) {
    largest = std::max(largest, std::abs(double{left[index]} - double{right[index]}));
  }
  return largest;
}

}  // namespace ragqueue::testing
