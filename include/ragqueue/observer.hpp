#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "ragqueue/export.hpp"
#include "ragqueue/request.hpp"

namespace ragqueue {

enum class JobOutcome {
  done,      ///< Stored, or removed, and acknowledged.
  retried,   ///< Failed, and pending again after a pause.
  failed,    ///< Failed for good.
  released,  ///< Given back unspent.
  lost,      ///< Another worker had taken it over.
};

/// `done`, `retried` and so on.
[[nodiscard]] RAGQUEUE_EXPORT std::string_view to_string(JobOutcome outcome) noexcept;

/// How long the steps of a batch took, in seconds.
struct StepSeconds {
  double fetch = 0;
  double chunk = 0;  ///< With text extracted before, and the question to the store which chunks it can keep.
  double embed = 0;
  double store = 0;  ///< With the acknowledgement and its commit.
};

/// What became of one job.
struct JobReport {
  Job job;  ///< As it was claimed: `attempts` are those before this one, `waited` is from its request to the
            ///< claim.
  JobOutcome outcome = JobOutcome::done;
  std::string error{};             ///< Why it was retried, or failed.
  StepSeconds seconds{};           ///< Of the whole batch that it ran in.
  std::size_t chunks = 0;          ///< That its document has now; of one that failed 0.
  std::size_t texts_embedded = 0;  ///< Those of the chunks that were not in the index yet.
  std::size_t tokens = 0;          ///< In these, as the embedder counts them.
};

/// Jobs that were claimed and taken through the pipeline together.
struct BatchReport {
  std::size_t jobs = 0;
  std::size_t texts_embedded = 0;
  std::size_t tokens = 0;
  StepSeconds seconds{};
};

/// The database or the embedder is out, or is back.
struct OutageReport {
  enum class Of { database, embedder };
  Of of = Of::database;
  bool begins = true;
  std::string reason{};  ///< Where it begins.
  double seconds = 0;    ///< How long it lasted, where it ends.
};

/// Whom a worker tells what it does; any member may be empty. All are called by one thread of the observer's
/// own, in the order of what happened, after the commit. They may throw, which is dropped, and block: what
/// comes while 10,000 reports wait is dropped, and counted (WorkerState::reports_dropped).
struct WorkerObserver {
  std::function<void(const JobReport&)> job{};
  std::function<void(const BatchReport&)> batch{};
  std::function<void(const OutageReport&)> outage{};
};

}  // namespace ragqueue
