#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "helpdesk.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/schema.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"

namespace ragqueue::testing {

/// A helpdesk whose embedder is a server.
struct HttpDesk : Helpdesk {
  FakeEmbeddingServer embedding_server;

  explicit HttpDesk(FakeServerOptions server_options) : embedding_server(std::move(server_options)) {}

  /// Binds the index to the server's model.
  void use(EmbeddingDialect dialect, HttpEmbedderOptions http) {
    http.url = embedding_server.url();
    http.model = "fake-embed";
    http.dimension = 64;
    http.min_parallel = http.max_parallel = 1;
    const bool ollama = dialect == EmbeddingDialect::ollama || dialect == EmbeddingDialect::legacy_ollama;
    pipeline.embedder = ollama ? ollama_embedder(http) : openai_embedder(http);
    rebuild_index(database.get(), *pipeline.embedder);
  }

  /// One consumer, batches of any size.
  [[nodiscard]] WorkerOptions one_consumer() {
    WorkerOptions options = Helpdesk::options();
    options.concurrency = 1;
    options.batch = 1000;
    options.log = [this](const LogEntry& entry) {
      const std::scoped_lock lock(mutex_);
      log_ += entry.message + '\n';
    };
    return options;
  }
  [[nodiscard]] std::string log() const {
    const std::scoped_lock lock(mutex_);
    return log_;
  }

  /// Status and spent attempts of every job, those that are done first.
  [[nodiscard]] std::string jobs() const {
    return database.text(
        "SELECT string_agg(status || attempts, ' ' ORDER BY status, attempts) FROM rag_index_queue");
  }

 private:
  mutable std::mutex mutex_;
  std::string log_;
};

}  // namespace ragqueue::testing
