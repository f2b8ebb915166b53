#include <algorithm>

#include "worker/batch.hpp"

namespace ragqueue {

bool Batch::is_final(const Failure& failure) const {
  return failure.permanent || failure.job.attempts + 1 >= options_.retry.max_attempts;
}

/// Before it is stored, after which its chunks are gone.
void Batch::count(Item& item) {
  const IndexedDocument& indexed = item.indexed;
  item.chunks = indexed.chunks.size();
  for (std::size_t chunk = 0; chunk < indexed.chunks.size(); ++chunk) {
    if (chunk < indexed.reused.size() && indexed.reused[chunk]) continue;
    ++item.texts_embedded;
    item.tokens += indexed.chunks[chunk].token_count;
  }
}

void Batch::report(const BatchResult& result) const {
  if (!options_.on_job) return;
  for (const Item& item : items_) {
    JobReport report{.job = item.job,
                     .outcome = JobOutcome::released,
                     .seconds = result.seconds,
                     .chunks = item.chunks,
                     .texts_embedded = item.texts_embedded,
                     .tokens = item.tokens};
    if (item.state == State::stored) report.outcome = JobOutcome::done;
    if (item.state == State::lost) report.outcome = JobOutcome::lost;
    if (item.state == State::failed) {
      const auto failure =
          std::ranges::find_if(failures_, [&](const Failure& one) { return one.job.id == item.job.id; });
      const bool holds = std::ranges::find(recorded_, item.job.id) != recorded_.end();
      report.outcome = !holds               ? JobOutcome::lost
                       : is_final(*failure) ? JobOutcome::failed
                                            : JobOutcome::retried;
      report.error = failure->message;
    }
    options_.on_job(report);
  }
}

}  // namespace ragqueue
