#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "baseline_sql.hpp"
#include "bench.hpp"
#include "contender.hpp"
#include "db/statement.hpp"
#include "durable_server.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "statistics.hpp"
#include "support/database.hpp"

namespace ragqueue::bench {

namespace {

/// A queue, and each half of what its drain() does.
class Subject {
 public:
  explicit Subject(std::unique_ptr<Contender> filled) : contender(std::move(filled)) {}
  virtual ~Subject() = default;
  virtual void add_standing(unsigned done, unsigned scheduled) = 0;
  virtual void claim(int batch) = 0;
  virtual void complete() = 0;

  std::unique_ptr<Contender> contender;

 protected:
  [[nodiscard]] pg_conn* connection() const { return contender->connection.get(); }
};

/// It knows nothing of later: all its standing rows are done.
class BaselineSubject final : public Subject {
 public:
  explicit BaselineSubject(const std::string& conninfo) : Subject(baseline_queue(conninfo)) {}
  void add_standing(unsigned done, unsigned scheduled) override {
    pg::execute_script(
        connection(),
        fmt::format("INSERT INTO baseline_queue (organization_id, source_type, source_id, action, "
                    "status) SELECT gen_random_uuid(), 'ticket', gen_random_uuid(), 'upsert', "
                    "'done' FROM generate_series(1, {})",
                    done + scheduled));
  }
  void claim(int batch) override {
    ids_.clear();
    const pg::Result rows =
        pg::execute(connection(), baseline_sql("claim"), pg::Params().add(std::int32_t{batch}));
    for (int row = 0; row < rows.rows(); ++row) ids_.push_back(rows.get<Uuid>(row, 0));
  }
  void complete() override {
    pg::execute(connection(), baseline_sql("complete"), pg::Params().add_array(ids_));
  }

 private:
  std::vector<Uuid> ids_;
};

class OurSubject final : public Subject {
 public:
  explicit OurSubject(const std::string& conninfo)
      : Subject(our_queue(conninfo)),
        worker_(register_worker(connection(), "bench", 1, std::chrono::hours(1))) {}
  /// Those scheduled failed an hour ago, and are older than all that comes now.
  void add_standing(unsigned done, unsigned scheduled) override {
    constexpr const char* insert =
        "INSERT INTO {} (organization_id, source_type, source_id, action, status, attempts, "
        "run_at, created_at) SELECT gen_random_uuid(), 'ticket', gen_random_uuid(), 'upsert', '{}', {}, {}, "
        "now() - interval '1 hour' FROM generate_series(1, {})";
    pg::execute_script(connection(), fmt::format(insert, "rag_index_queue_archive", "done", 0, "NULL", done));
    pg::execute_script(connection(), fmt::format(insert, "rag_index_queue", "pending", 1,
                                                 "now() + interval '1 day'", scheduled));
  }
  void claim(int batch) override { jobs_ = queue_.claim(worker_, batch); }
  void complete() override { queue_.complete(jobs_); }

 private:
  std::int64_t worker_;
  Queue queue_{connection()};  // one for all claims, as a consumer has
  std::vector<Job> jobs_;
};

struct Cost {
  std::vector<double> blocks, rates;  ///< Of each round: a claim's median, and jobs a second.
};

/// Heap and index pages that the queue's tables were asked for, as the server counts them.
std::int64_t blocks_touched(pg_conn* connection) {
  pg::execute(connection, "SELECT pg_stat_force_next_flush()");
  return pg::execute(connection,
                     "SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0))"
                     "::bigint FROM pg_statio_user_tables WHERE schemaname = current_schema()")
      .get<std::int64_t>(0, 0);
}

class Standing final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--done", done_, "Rows that are done");
    options.add_option("--scheduled", scheduled_, "Rows that are due only tomorrow");
    options.add_option("--jobs", jobs_, "Jobs of each round")->check(CLI::PositiveNumber);
    options.add_option("--batch", batch_, "Jobs a claim")->check(CLI::PositiveNumber);
    options.add_option("--rounds", rounds_, "Rounds, each queue in turn")->check(CLI::PositiveNumber);
  }

  Table run() override {
    DurableServer server;
    Table table;
    measure<BaselineSubject>(server, "baseline", table);
    measure<OurSubject>(server, "ragqueue", table);
    return table;
  }

 private:
  template <class Kind>
  void measure(DurableServer& server, const std::string& name, Table& table) const {
    Kind standing(server.postgres.new_schema());
    standing.add_standing(done_, scheduled_);
    pg::execute_script(standing.contender->connection.get(), "VACUUM ANALYZE");
    pg::execute_script(standing.contender->connection.get(), "CHECKPOINT");
    Cost empty_cost, standing_cost;
    for (int round = 0; round < rounds_; ++round) {
      Kind empty(server.postgres.new_schema());
      drain(empty, round, empty_cost);
      drain(standing, round, standing_cost);
    }
    table.push_back(row_of(name + ", empty", 0, 0, empty_cost, empty_cost));
    table.push_back(row_of(name + ", standing", done_, scheduled_, standing_cost, empty_cost));
  }

  /// Of sources that no round before had, so that none finds what another left of them.
  void drain(Subject& subject, int round, Cost& cost) const {
    constexpr unsigned counted = 20;  // claims
    pg_conn* const connection = subject.contender->connection.get();
    const unsigned count = jobs_ + counted * static_cast<unsigned>(batch_);
    std::vector<Request> requests;
    for (unsigned number = 0; number < count; ++number)
      requests.push_back(testing::ticket(static_cast<unsigned>(round) * count + number));
    subject.contender->enqueue(requests);
    std::vector<double> blocks;
    for (unsigned claim = 0; claim < counted; ++claim) {
      const std::int64_t before = blocks_touched(connection);
      subject.claim(batch_);
      blocks.push_back(static_cast<double>(blocks_touched(connection) - before));
      subject.complete();
    }
    cost.blocks.push_back(median(blocks));
    const auto begin = std::chrono::steady_clock::now();
    if (subject.contender->drain(batch_) != jobs_) throw std::runtime_error("not every job was drained");
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    cost.rates.push_back(jobs_ / time.count());
  }

  static Row row_of(const std::string& what, unsigned done, unsigned scheduled, const Cost& cost,
                    const Cost& empty) {
    const Spread blocks = ratio(cost.blocks, empty.blocks), rates = ratio(cost.rates, empty.rates);
    return {{"what", what},
            {"done_rows", done},
            {"scheduled_rows", scheduled},
            {"blocks_a_claim", median(cost.blocks)},
            {"blocks_of_empty", blocks.median},
            {"blocks_least", blocks.least},
            {"blocks_most", blocks.most},
            {"jobs_per_second", median(cost.rates)},
            {"rate_of_empty", rates.median},
            {"rate_least", rates.least},
            {"rate_most", rates.most}};
  }

  unsigned done_ = 1'000'000, scheduled_ = 100'000, jobs_ = 10'000;
  int batch_ = 100, rounds_ = 5;
};

}  // namespace

std::unique_ptr<Bench> standing() {
  return std::make_unique<Standing>();
}

}  // namespace ragqueue::bench
