#include "reloadable_embedder.hpp"

#include <utility>

#include "embedder.hpp"

namespace rag_worker {

ReloadableEmbedder::ReloadableEmbedder(Settings settings, std::shared_ptr<const ragqueue::Embedder> first)
    : settings_(std::move(settings)), first_(std::move(first)), current_(first_) {
  settings_.http.dimension = first_->dimension();  // so that no server is asked for it again
}

void ReloadableEmbedder::reload() {
  auto next = make_embedder(settings_);
  const std::scoped_lock lock(mutex_);
  current_.swap(next);
}

std::shared_ptr<const ragqueue::Embedder> ReloadableEmbedder::current() const {
  const std::scoped_lock lock(mutex_);
  return current_;
}

}  // namespace rag_worker
