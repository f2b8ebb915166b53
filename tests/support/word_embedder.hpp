#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ragqueue/embedder.hpp"

namespace ragqueue::testing {

/// Hashes words into 16 dimensions: texts that share words are near each other. Deterministic and quick.
class WordEmbedder : public Embedder {
 public:
  static constexpr std::size_t dimensions = 16;

  [[nodiscard]] std::string_view name() const override { return "words"; }
  [[nodiscard]] std::size_t dimension() const override { return dimensions; }
  [[nodiscard]] EmbedderLimits limits() const override { return {.max_tokens = 64, .max_texts = 8}; }
  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override { return text.size() / 4 + 1; }

  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> texts, Purpose /*purpose*/,
                                                std::span<float> vectors,
                                                const std::stop_token& stop) const override {
    if (before_call) before_call(texts);
    if (during_call) during_call(stop);
    std::vector<RejectedText> rejected;
    for (std::size_t row = 0; row < texts.size(); ++row) {
      if (auto refusal = refuse ? refuse(texts[row]) : std::nullopt) {
        rejected.push_back(*std::move(refusal));
        rejected.back().index = row;
        continue;
      }
      fill(texts[row], vectors.subspan(row * dimensions, dimensions));
      if (after_text) after_text(texts[row], vectors.subspan(row * dimensions, dimensions));
    }
    return rejected;
  }

  /// Faults and observations that a test asks for; all may throw.
  std::function<void(std::span<const std::string_view>)> before_call{};
  std::function<void(const std::stop_token&)> during_call{};
  std::function<std::optional<RejectedText>(std::string_view)> refuse{};
  std::function<void(std::string_view, std::span<float>)> after_text{};

 private:
  static void fill(std::string_view text, std::span<float> vector) {
    vector[0] = 0.1F;
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
      if (end > begin) vector[1 + hash(text.substr(begin, end - begin)) % (dimensions - 1)] += 1.0F;
      begin = end + 1;
    }
  }
  /// FNV-1a, the same on every platform.
  static std::size_t hash(std::string_view word) {
    std::size_t value = 14695981039346656037ULL;
    for (const char byte : word) value = (value ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
    return value >> 7U;
  }
};

}  // namespace ragqueue::testing
