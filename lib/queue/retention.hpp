#pragma once

#include <chrono>
#include <cstdint>

struct pg_conn;

namespace ragqueue::pg {

/// Moves jobs that failed, and rows that were ended by hand, away from those that wait or run. Throws Error.
void sweep(pg_conn* connection);

/// Purges done rows by age: each step looks at a bounded number of the table's blocks, round and round.
class Retention {
 public:
  explicit Retention(std::chrono::milliseconds age) : age_(age) {}

  /// One step, if it is this worker's turn. Throws Error.
  void step(pg_conn* connection, std::int64_t worker_id);

 private:
  std::chrono::milliseconds age_;
  std::int64_t next_block_ = 0;
};

}  // namespace ragqueue::pg
