#include "ragqueue/process.hpp"

#include "ragqueue/error.hpp"
#include "worker/batch.hpp"

namespace ragqueue {

namespace {

/// Takes the batch through all steps, and tells what interrupted it.
void run(Batch& batch, BatchResult& result) {
  try {
    batch.fetch();
    batch.extract();
    batch.split();
    batch.find_reusable_chunks();
    batch.embed();
    batch.store();
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
    return result;
  } catch (const Error&) {
    // The database is out; what met it first says more.
    if (result.interruption) throw Error(*result.interruption);
    throw;
  }
}

}  // namespace ragqueue
