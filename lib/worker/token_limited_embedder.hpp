#pragma once

#include <algorithm>
#include <cstddef>

#include "ragqueue/embedder.hpp"

namespace ragqueue {

/// Shows a chunker a lower limit than the embedder's own, where the embedder turned out to count otherwise.
class TokenLimitedEmbedder final : public Embedder {
 public:
  /// `max_tokens` 0 leaves the limit as it is. The embedder must live as long.
  TokenLimitedEmbedder(const Embedder& embedder, std::size_t max_tokens)
      : embedder_(embedder), max_tokens_(max_tokens) {}

  [[nodiscard]] std::string_view name() const override { return embedder_.name(); }
  [[nodiscard]] std::size_t dimension() const override { return embedder_.dimension(); }
  [[nodiscard]] EmbedderLimits limits() const override {
    EmbedderLimits limits = embedder_.limits();
    if (max_tokens_ > 0) limits.max_tokens = std::min(limits.max_tokens, max_tokens_);
    return limits;
  }
  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override {
    return embedder_.count_tokens(text);
  }
  [[nodiscard]] bool knows(std::string_view text) const override { return embedder_.knows(text); }
  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> texts, Purpose purpose,
                                                std::span<float> vectors,
                                                const std::stop_token& stop) const override {
    return embedder_.embed(texts, purpose, vectors, stop);
  }

 private:
  const Embedder& embedder_;
  std::size_t max_tokens_;
};

}  // namespace ragqueue
