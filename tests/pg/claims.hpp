#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ragqueue/enqueue.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

namespace ragqueue::testing {

/// A queue of its own, and a worker that claims from it.
struct Claims {
  Database database{WordEmbedder{}};
  Queue queue{database.get()};
  std::int64_t worker = register_worker(database.get(), "here", 1, std::chrono::seconds(60));

  std::vector<Job> claim(int limit = 10) { return queue.claim(worker, limit); }
  void enqueue(const Request& request) const { enqueue_index(database.get(), request); }
  [[nodiscard]] std::string statuses() const {
    return database.text("SELECT string_agg(status, ' ' ORDER BY seq) FROM rag_index_queue");
  }
};

}  // namespace ragqueue::testing
