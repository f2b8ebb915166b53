#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/request.hpp"
#include "ragqueue/retry.hpp"

struct pg_conn;

namespace ragqueue {

class ClaimCursor;

/// How many jobs stand in each status, and how long the oldest pending request has waited.
struct QueueCounts {
  std::int64_t pending = 0;
  std::int64_t running = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;               ///< Whose source has not been indexed or removed since.
  std::int64_t superseded_failures = 0;  ///< Failed too, but a newer request for the source is done.
  std::optional<double> oldest_pending_seconds;
};

/// Which failed jobs are meant; an empty field matches all.
struct JobFilter {
  std::optional<std::string> source_type{};
  std::optional<Uuid> organization_id{};
  std::optional<Uuid> id{};
};

/// A job's failure, as it is to be recorded.
struct Failure {
  Job job;
  std::string message;     ///< Kept in `last_error`, shortened to 4 KiB.
  bool permanent = false;  ///< true: `failed` at once, whatever attempts are left.
};

/// The queue's primitives on a connection of the caller's. All but claim() are one statement, which joins the
/// transaction that is open, or commits by itself. Not thread-safe; make one for each connection.
/// All throw Error; its fault tells an outage from a refusal.
class RAGQUEUE_EXPORT Queue {
 public:
  explicit Queue(pg_conn* connection) noexcept;

  /// Marks up to `limit` due sources `running` for the worker (see lease.hpp) and returns one job for each,
  /// highest priority first, then oldest. A source that is running already is left alone; older pending
  /// requests of a claimed source are superseded. Must not be called inside an open transaction: a claim
  /// holds only once committed. While claims come back full, one begins where the one before it ended: what
  /// comes to wait again before that is found by the next look at everything, some 0.2 s later.
  [[nodiscard]] std::vector<Job> claim(std::int64_t worker_id, int limit);

  /// Marks the jobs `done`. Throws LostClaim when any token is lost; the caller then rolls back.
  void complete(std::span<const Job> jobs);

  /// Records each failure: `attempts` + 1 and `last_error`, and either back to `pending` after a pause or
  /// `failed`. Returns the ids of those whose claim was still valid; a lost one is left as it is.
  std::vector<Uuid> fail(std::span<const Failure> failures, const RetryPolicy& policy);

  /// Gives claimed jobs back unspent, due after `pause`. Returns for how many the claim was still valid.
  std::size_t release(std::span<const Job> jobs, std::chrono::milliseconds pause = {});

  /// Which of these claims still hold.
  [[nodiscard]] std::vector<Job> valid(std::span<const Job> jobs);

  /// Makes matching `failed` jobs `pending` again with all their attempts. Returns how many. One that a newer
  /// request for its source has overtaken is not run again: it becomes `done`, superseded by that one.
  std::size_t retry_failed(const JobFilter& filter);

  /// Deletes matching `failed` jobs. Returns how many. The index stays as it is.
  std::size_t discard_failed(const JobFilter& filter);

  /// Whether there is any job of this source type, in whatever status.
  [[nodiscard]] bool has_type(std::string_view source_type);

  [[nodiscard]] QueueCounts counts();

  /// true when nothing is pending or running, by any worker, but requests that are not due yet (not_before).
  [[nodiscard]] bool finished();

 private:
  pg_conn* connection_;
  std::shared_ptr<ClaimCursor> cursor_;
};

}  // namespace ragqueue
