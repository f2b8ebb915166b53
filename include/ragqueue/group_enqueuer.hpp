#pragma once

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/log.hpp"
#include "ragqueue/request.hpp"
#include "ragqueue/uuid.hpp"

namespace ragqueue {

struct GroupEnqueuerOptions {
  std::string conninfo{};                   ///< As libpq takes it; empty for libpq's own environment.
  std::size_t capacity = 10'000;            ///< Requests held in memory; a call beyond them waits.
  std::size_t group = 1'000;                ///< Most requests of one commit.
  std::chrono::milliseconds grace{30'000};  ///< How long stop() waits for a server that is out.
  Log log{};                                ///< Told of outages. May be empty.
};

/// Enqueues for many threads over one connection: what waits while one commit is under way shares the next,
/// so that a commit's cost is divided by those that wait for it. For callers that want no transaction of
/// their own; a request that must commit together with a row belongs to enqueue_index().
/// All members are thread-safe.
class RAGQUEUE_EXPORT GroupEnqueuer {
 public:
  /// Connects with the first request. Throws InvalidInput for options out of range.
  explicit GroupEnqueuer(GroupEnqueuerOptions options);
  /// Stops as stop() does.
  ~GroupEnqueuer();
  GroupEnqueuer(const GroupEnqueuer&) = delete;
  GroupEnqueuer& operator=(const GroupEnqueuer&) = delete;

  /// Takes the request and returns at once, or waits while `capacity` requests are held. The future gives the
  /// job's id once it is committed, or throws Error. While the server is out the request waits and is sent
  /// again; a commit whose answer was lost is not done twice, because the id is given here and is the primary
  /// key. Requests of one thread are committed in the order of its calls.
  /// Throws InvalidInput, which spoils no other request, and Error (outage) after stop().
  [[nodiscard]] std::future<Uuid> enqueue(Request request);

  /// Returns when every request taken before the call has its outcome, however long the server is out.
  void flush();

  /// Takes no more requests, sends those held, and returns; what the server has not taken within the grace
  /// time fails with Fault::outage, and may yet have been committed. Safe to call twice.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ragqueue
