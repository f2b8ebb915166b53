#pragma once

#include <memory>
#include <mutex>
#include <ragqueue/embedder.hpp>

#include "options.hpp"

namespace rag_worker {

/// An embedder over HTTP whose key can be read again while it is in use. Thread-safe.
class ReloadableEmbedder final : public ragqueue::Embedder {
 public:
  /// `first` was made by make_embedder() of the settings.
  ReloadableEmbedder(Settings settings, std::shared_ptr<const ragqueue::Embedder> first);

  /// Calls from now on use what files and environment say now; those under way end as they began. Throws
  /// UsageError and ragqueue::Error, and then changes nothing.
  void reload();

  [[nodiscard]] std::string_view name() const override { return first_->name(); }
  [[nodiscard]] std::size_t dimension() const override { return first_->dimension(); }
  [[nodiscard]] ragqueue::EmbedderLimits limits() const override { return current()->limits(); }
  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override {
    return first_->count_tokens(text);
  }
  [[nodiscard]] std::vector<ragqueue::RejectedText> embed(std::span<const std::string_view> texts,
                                                          ragqueue::Purpose purpose, std::span<float> vectors,
                                                          const std::stop_token& stop) const override {
    return current()->embed(texts, purpose, vectors, stop);
  }

 private:
  [[nodiscard]] std::shared_ptr<const ragqueue::Embedder> current() const;

  Settings settings_;
  const std::shared_ptr<const ragqueue::Embedder> first_;
  mutable std::mutex mutex_;
  std::shared_ptr<const ragqueue::Embedder> current_;
};

}  // namespace rag_worker
