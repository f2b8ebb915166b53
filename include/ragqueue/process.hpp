#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/chunker.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/index_store.hpp"
#include "ragqueue/log.hpp"
#include "ragqueue/observer.hpp"
#include "ragqueue/queue.hpp"
#include "ragqueue/retry.hpp"
#include "ragqueue/source_fetcher.hpp"
#include "ragqueue/text_extractor.hpp"

namespace ragqueue {

/// The steps between a claim and its acknowledgement.
struct Pipeline {
  std::shared_ptr<const SourceFetcher> sources;
  std::shared_ptr<const Chunker> chunker;
  std::shared_ptr<const Embedder> embedder;
  std::shared_ptr<const IndexStore> store;
  std::shared_ptr<const TextExtractor>
      extractor{};  ///< Of bodies, before they are chunked; null takes them as they are.
};

/// A source type that could not be read at all, whatever the ids; its jobs were given back unspent.
struct SourceFault {
  std::string source_type;
  Error error;
  std::chrono::milliseconds took{0};  ///< From the question to the error.
};

/// What became of a batch. The five counts add up to the jobs that were given.
struct BatchResult {
  std::size_t done = 0;
  std::size_t retried = 0;   ///< Failed, and pending again after a pause.
  std::size_t failed = 0;    ///< Failed for good.
  std::size_t released = 0;  ///< Given back unspent.
  std::size_t lost = 0;      ///< Claims that another worker had taken over; nothing was written for them.
  /// The outage or set-up fault that ended the batch early, after which its unfinished jobs were given back.
  std::optional<Error> interruption{};
  bool embedder_down = false;                ///< The embedder interrupted it, and not the database.
  std::chrono::milliseconds retry_after{0};  ///< That it asked for, where it is down.
  /// Organizations of which the embedder served a text, or all jobs where none had to be embedded.
  std::vector<Uuid> served{};
  /// Those of which it failed, without saying what is wrong, at all texts that it came to.
  std::vector<Uuid> not_served{};
  std::vector<SourceFault> source_faults{};
  std::vector<std::string> types_read{};  ///< Source types that could be read.
  StepSeconds seconds{};
};

struct ProcessOptions {
  RetryPolicy retry{};
  std::stop_token stop{};  ///< Once requested, the unfinished jobs are given back.
  bool charge_outage =
      false;  ///< An embedder that goes down is this batch's own fault, and costs an attempt.
  Log log{};  ///< Told of each failure. May be empty.
  /// Told when a call of an extension point begins, by its name and the first of the jobs that it is for, and
  /// when it has ended, by no job. Must not throw. May be empty.
  std::function<void(std::string_view extension_point, const Job* job)> on_call{};
  /// Told of each job once what became of it is committed. Must not throw. May be empty.
  std::function<void(const JobReport&)> on_job{};
  /// Opens a connection in the place of one that was lost, and returns it; the old one must live until then.
  /// What was embedded is stored over the new one, as far as the claims still hold. May wait, and throw.
  /// Empty: a lost connection ends the batch.
  std::function<pg_conn*()> replace_connection{};
};

/// Takes claimed jobs through fetch, split and embed, then stores and acknowledges them in ONE transaction.
/// No transaction is open while the embedder works. A job that fails is recorded alone, the rest go on; so do
/// the jobs of other types where one cannot be read.
/// Throws Error only when the database cannot be reached to say what became of the jobs; release() them once
/// it can: those that were acknowledged no longer carry the token.
RAGQUEUE_EXPORT BatchResult process(pg_conn* connection, const Pipeline& pipeline, std::span<const Job> jobs,
                                    const ProcessOptions& options);

}  // namespace ragqueue
