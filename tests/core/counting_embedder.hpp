#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "ragqueue/embedder.hpp"

namespace ragqueue::testing {

/// Embeds nothing; counts tokens as it is told to, and how much it was asked.
class CountingEmbedder final : public Embedder {
 public:
  using Count = std::function<std::size_t(std::string_view)>;

  explicit CountingEmbedder(Count count, std::size_t max_tokens = std::numeric_limits<std::size_t>::max())
      : count_(std::move(count)), max_tokens_(max_tokens) {}

  [[nodiscard]] std::string_view name() const override { return "counting"; }
  [[nodiscard]] std::size_t dimension() const override { return 1; }
  [[nodiscard]] EmbedderLimits limits() const override { return {.max_tokens = max_tokens_, .max_texts = 1}; }
  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> /*texts*/,
                                                Purpose /*purpose*/, std::span<float> /*vectors*/,
                                                const std::stop_token& /*stop*/) const override {
    return {};
  }

  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override {
    ++calls;
    bytes += text.size();
    return count_(text);
  }

  mutable std::size_t calls = 0;
  mutable std::size_t bytes = 0;  ///< Of all texts counted.

 private:
  Count count_;
  std::size_t max_tokens_;
};

inline std::size_t count_bytes(std::string_view text) {
  return text.size();
}

/// Words between ASCII spaces; a long one has a token for each 8 bytes, as a subword model would have it.
inline std::size_t count_words(std::string_view text) {
  std::size_t tokens = 0;
  std::size_t length = 0;
  for (const char byte : text) {
    length = byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t' ? 0 : length + 1;
    if (length % 8 == 1) ++tokens;
  }
  return tokens;
}

}  // namespace ragqueue::testing
