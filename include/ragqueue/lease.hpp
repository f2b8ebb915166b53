#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// An embedder that is down, as a worker sees it.
struct EmbedderOutage {
  double seconds = 0;    ///< Since it went down.
  std::string answer{};  ///< The last one, in its own words.
};

/// A source type that cannot be read, as a worker sees it; its jobs wait unspent.
struct WaitingSource {
  std::string source_type{};
  double seconds = 0;  ///< Since it began to wait.
  std::string reason{};
};

/// What a worker tells with each heartbeat.
struct WorkerCondition {
  bool idle = false;  ///< Asks enqueuers to notify.
  std::optional<EmbedderOutage> embedder_outage{};
  std::vector<WaitingSource> waiting_sources{};
};

/// A worker process as the database knows it.
struct WorkerInfo {
  std::int64_t id = 0;
  std::string host;
  int pid = 0;
  double started_seconds_ago = 0;
  double heartbeat_seconds_ago = 0;
  int running = 0;    ///< Jobs that it holds.
  bool alive = true;  ///< false: its lease is over; others take its jobs over.
  std::optional<EmbedderOutage> embedder_outage{};
  std::vector<WaitingSource> waiting_sources{};
};

/// Enters a worker process into `rag_workers` and returns its id, which is never used twice.
/// Its running jobs are its own for as long as it sends heartbeats at least every `lease`.
[[nodiscard]] RAGQUEUE_EXPORT std::int64_t register_worker(pg_conn* connection, std::string_view host,
                                                           int pid, std::chrono::milliseconds lease);

/// Prolongs the lease. Returns false when the lease was lost: the worker must stop its work, and register
/// again.
[[nodiscard]] RAGQUEUE_EXPORT bool heartbeat(pg_conn* connection, std::int64_t worker_id,
                                             const WorkerCondition& condition);

/// How long the lease that ends first, of the workers other than this one, still lasts; negative when it is
/// over. Nothing when there is no other worker.
[[nodiscard]] RAGQUEUE_EXPORT std::optional<std::chrono::milliseconds> until_next_lease_end(
    pg_conn* connection, std::int64_t worker_id);

/// Gives back, unspent, the running jobs of workers whose lease is over or that are gone. Returns how many.
RAGQUEUE_EXPORT std::size_t rescue(pg_conn* connection);

/// Removes the worker, and gives back whatever it still holds.
RAGQUEUE_EXPORT void unregister_worker(pg_conn* connection, std::int64_t worker_id);

[[nodiscard]] RAGQUEUE_EXPORT std::vector<WorkerInfo> list_workers(pg_conn* connection);

}  // namespace ragqueue
