#include "ragqueue/process.hpp"

#include <chrono>

#include "ragqueue/error.hpp"
#include "worker/batch.hpp"

namespace ragqueue {

namespace {

/// Adds the seconds that `step` takes, also where it throws.
template <class Step>
void timed(double& seconds, const Step& step) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto add = [&] { seconds += std::chrono::duration<double>(Clock::now() - begin).count(); };
  try {
    step();
  } catch (...) {
    add();
    throw;
  }
  add();
}

/// Takes the batch through all steps, and tells what interrupted it.
void run(Batch& batch, BatchResult& result) {
  try {
    timed(result.seconds.fetch, [&] { batch.fetch(); });
    timed(result.seconds.chunk, [&] {
      batch.extract();
      batch.split();
      batch.find_reusable_chunks();
    });
    timed(result.seconds.embed, [&] { batch.embed(); });
    timed(result.seconds.store, [&] { batch.store(); });
  } catch (const Cancelled&) {
    // The jobs go back; nothing is wrong.
  } catch (const EmbedderDown& down) {
    result.interruption = down.error;
    result.embedder_down = true;
    result.retry_after = down.retry_after;
  } catch (const Error& error) {
    result.interruption = error;
  }
}

}  // namespace

BatchResult process(pg_conn* connection, const Pipeline& pipeline, std::span<const Job> jobs,
                    const ProcessOptions& options) {
  Batch batch(connection, pipeline, jobs, options);
  BatchResult result;
  if (!options.stop.stop_requested()) {
    batch.begin_interruptible();
    run(batch, result);
    batch.end_interruptible();
  }
  try {
    batch.finish(result);
    batch.report(result);
    return result;
  } catch (const Error&) {
    // The database is out; what met it first says more.
    if (result.interruption) throw Error(*result.interruption);
    throw;
  }
}

}  // namespace ragqueue
