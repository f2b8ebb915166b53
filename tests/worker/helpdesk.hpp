#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ragqueue/process.hpp"
#include "ragqueue/worker.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

namespace ragqueue::testing {

/// An application with tickets, and all that a worker for them needs.
struct Helpdesk {
  std::shared_ptr<WordEmbedder> embedder = std::make_shared<WordEmbedder>();
  Database database;
  Pipeline pipeline;

  explicit Helpdesk(std::string conninfo = server().new_schema());

  /// Writes ticket `number`, new or changed, and asks for its indexing.
  void write(unsigned number, const std::string& subject, const std::string& description,
             const std::string& status = "open") const;
  void erase(unsigned number) const;

  [[nodiscard]] WorkerOptions options() const;
  /// Runs a worker until nothing is left to do.
  WorkerCounters drain(WorkerOptions options) const;
  WorkerCounters drain() const { return drain(options()); }

  /// Claims as a worker of its own would.
  [[nodiscard]] std::vector<Job> claim() const;
  BatchResult process_claimed() const;

  [[nodiscard]] std::string statuses() const;
  [[nodiscard]] std::string last_error(unsigned number) const;
  /// `subject:content` of every chunk, in order.
  [[nodiscard]] std::string index() const;
};

}  // namespace ragqueue::testing
