#pragma once

#include <memory>
#include <ragqueue/embedder.hpp>
#include <ragqueue/worker.hpp>
#include <thread>

#include "options.hpp"
#include "service.hpp"
#include "signals.hpp"

namespace rag_worker {

/// What `run` needs from its start on.
struct Surroundings {
  const Invocation& invocation;
  const ragqueue::WorkerOptions& options;
  const Signals& signals;
  Service& service;
};

/// A worker that runs, and its embedder; no worker where it was told to stop meanwhile.
struct Started {
  std::unique_ptr<ragqueue::Worker> worker{};
  std::shared_ptr<const ragqueue::Embedder> embedder{};
};

/// Starts a worker. Waits for a database that is down, unless --no-wait is given; says so once a minute.
/// Throws ragqueue::Error.
[[nodiscard]] Started start_when_up(const Surroundings& around);

/// Says that the service is ready once the embedder answers, from a thread of its own; once a minute that it
/// does not.
[[nodiscard]] std::jthread tell_when_ready(const Surroundings& around,
                                           std::shared_ptr<const ragqueue::Embedder> embedder);

}  // namespace rag_worker
