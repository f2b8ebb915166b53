#include "ragqueue/process.hpp"

#include "ragqueue/error.hpp"
#include "worker/batch.hpp"

namespace ragqueue {

BatchResult& BatchResult::operator+=(const BatchResult& other) noexcept {
  done += other.done;
  retried += other.retried;
  failed += other.failed;
  released += other.released;
  lost += other.lost;
  return *this;
}

BatchResult process(pg_conn* connection, const Pipeline& pipeline, std::span<const Job> jobs,
                    const ProcessOptions& options) {
  Batch batch(connection, pipeline, jobs, options);
  try {
    batch.fetch();
    batch.split();
    batch.embed();
    batch.store();
  } catch (const Cancelled&) {
    return batch.settle();
  } catch (const Error&) {
    try {
      batch.settle();
    } catch (const Error&) {
      // The database is what is out: the jobs go back when the lease ends, or when the caller is connected
      // again. The first error says more.
    }
    throw;
  }
  return batch.settle();
}

}  // namespace ragqueue
