#include "ragqueue/process.hpp"

#include <optional>

#include "ragqueue/error.hpp"
#include "worker/batch.hpp"

namespace ragqueue {

namespace {

/// Takes the batch through all steps; returns what interrupted it.
std::optional<Error> run(Batch& batch) {
  try {
    batch.fetch();
    batch.split();
    batch.embed();
    batch.store();
  } catch (const Cancelled&) {
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace

BatchResult process(pg_conn* connection, const Pipeline& pipeline, std::span<const Job> jobs,
                    const ProcessOptions& options) {
  Batch batch(connection, pipeline, jobs, options);
  const std::optional<Error> interruption = run(batch);
  try {
    BatchResult result = batch.settle();
    result.interruption = interruption;
    return result;
  } catch (const Error&) {
    // The database is out; what met it first says more.
    if (interruption) throw Error(*interruption);
    throw;
  }
}

}  // namespace ragqueue
