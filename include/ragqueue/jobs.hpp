#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/queue.hpp"
#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue {

enum class JobStatus { pending, running, done, failed };

[[nodiscard]] RAGQUEUE_EXPORT std::string_view to_string(JobStatus status) noexcept;
/// Reads `pending`, `running`, `done` or `failed`. Throws InvalidInput.
[[nodiscard]] RAGQUEUE_EXPORT JobStatus parse_job_status(std::string_view text);

/// A row of the queue or of its archive, to be looked at.
struct JobInfo {
  using Time = std::chrono::system_clock::time_point;

  Uuid id{};
  SourceKey source{};
  std::string action{};  ///< `upsert` or `delete`; of what is over, whatever stood there.
  int priority = default_priority;
  JobStatus status = JobStatus::pending;
  int attempts = 0;                     ///< Failed attempts so far.
  std::string last_error{};             ///< Of the last of them; may be empty.
  std::optional<Time> created_at{};     ///< None where the row's time is out of this type's range.
  std::optional<Time> updated_at{};     ///< As created_at.
  std::optional<Time> due_at{};         ///< Of one that waits for a moment, or between two attempts.
  std::optional<Uuid> superseded_by{};  ///< The newer request whose run served this one too.
};

/// Which jobs to list.
struct JobListing {
  JobFilter filter{};
  std::optional<JobStatus> status{};
  std::size_t limit = 100;       ///< 1 to 10,000.
  std::optional<Uuid> before{};  ///< The last id of the page before.
};

/// Jobs by id, the greatest first: that is the newest first, but for ids that another program made. One
/// statement. Row-level security holds. Throws InvalidInput for a limit out of range, Error.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<JobInfo> list_jobs(pg_conn* connection,
                                                             const JobListing& listing = {});

/// Nothing where there is no such job, or not any more.
[[nodiscard]] RAGQUEUE_EXPORT std::optional<JobInfo> get_job(pg_conn* connection, const Uuid& id);

/// Deletes matching pending jobs, those that wait between two attempts too; the index stays as it is. One
/// that is being claimed at this moment runs. Returns how many. Throws Error.
RAGQUEUE_EXPORT std::size_t cancel_jobs(pg_conn* connection, const JobFilter& filter);

}  // namespace ragqueue
