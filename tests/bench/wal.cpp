#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench.hpp"
#include "contender.hpp"
#include "db/statement.hpp"
#include "durable_server.hpp"
#include "statistics.hpp"
#include "support/database.hpp"

namespace ragqueue::bench {

namespace {

/// With the index that the promised table has over organization_id, and the baseline lacks.
std::unique_ptr<Contender> indexed_baseline_queue(const std::string& conninfo) {
  auto baseline = baseline_queue(conninfo);
  pg::execute_script(baseline->connection.get(), "CREATE INDEX ON baseline_queue (organization_id)");
  return baseline;
}

struct Bytes {
  std::vector<double> enqueue, end, all;  ///< A job's, of each round.
};

class Wal final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--jobs", jobs_, "Jobs of each round")->check(CLI::PositiveNumber);
    options.add_option("--batch", batch_, "Jobs a claim")->check(CLI::PositiveNumber);
    options.add_option("--baseline-batch", baseline_batch_, "Jobs a claim of the baseline")
        ->check(CLI::PositiveNumber);
    options.add_option("--rounds", rounds_, "Rounds, each queue in turn")->check(CLI::PositiveNumber);
  }

  Table run() override {
    DurableServer server;
    // Else it writes about the queues of earlier rounds.
    const Connection owner(server.postgres.conninfo());
    pg::execute_script(owner.get(), "ALTER SYSTEM SET autovacuum = off");
    pg::execute_script(owner.get(), "SELECT pg_reload_conf()");
    Bytes baseline, indexed_baseline, ours;
    for (int round = 0; round < rounds_; ++round) {
      measure(*baseline_queue(server.postgres.new_schema()), baseline_batch_, baseline);
      measure(*indexed_baseline_queue(server.postgres.new_schema()), baseline_batch_, indexed_baseline);
      measure(*our_queue(server.postgres.new_schema()), batch_, ours);
    }
    return {row_of("baseline", baseline, baseline, indexed_baseline),
            row_of("baseline, organization_id indexed", indexed_baseline, baseline, indexed_baseline),
            row_of("ragqueue", ours, baseline, indexed_baseline)};
  }

 private:
  /// One by one, of sources in no order, then all of them to their end.
  void measure(Contender& queue, int batch, Bytes& bytes) const {
    std::mt19937 numbers;  // the same for each contender
    pg::execute_script(queue.connection.get(), "CHECKPOINT");
    const double start = position(queue);
    for (unsigned job = 0; job < jobs_; ++job)
      queue.enqueue(testing::ticket(static_cast<unsigned>(numbers())));
    const double enqueued = position(queue);
    if (queue.drain(batch) != jobs_) throw std::runtime_error("not every job was drained");
    const double ended = position(queue);
    bytes.enqueue.push_back((enqueued - start) / jobs_);
    bytes.end.push_back((ended - enqueued) / jobs_);
    bytes.all.push_back((ended - start) / jobs_);
  }

  static double position(Contender& queue) {
    return pg::execute(queue.connection.get(), "SELECT (pg_current_wal_insert_lsn() - '0/0')::float8")
        .get<double>(0, 0);
  }

  static Row row_of(const std::string& what, const Bytes& bytes, const Bytes& baseline,
                    const Bytes& indexed_baseline) {
    return {{"what", what},
            {"enqueue_bytes", median(bytes.enqueue)},
            {"claim_and_end_bytes", median(bytes.end)},
            {"bytes", median(bytes.all)},
            {"of_baseline", ratio(bytes.all, baseline.all).median},
            {"of_indexed_baseline", ratio(bytes.all, indexed_baseline.all).median}};
  }

  unsigned jobs_ = 10'000;
  int batch_ = 1'000, baseline_batch_ = 100, rounds_ = 3;
};

}  // namespace

std::unique_ptr<Bench> wal() {
  return std::make_unique<Wal>();
}

}  // namespace ragqueue::bench
