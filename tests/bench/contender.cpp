#include "contender.hpp"

#include "baseline_sql.hpp"
#include "db/copy.hpp"
#include "db/statement.hpp"
#include "prepared.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "ragqueue/schema.hpp"
#include "support/word_embedder.hpp"

namespace ragqueue::bench {

namespace {

class BaselineQueue final : public Contender {
 public:
  explicit BaselineQueue(const std::string& conninfo) : Contender(conninfo) {
    // Else a claim of a thousand reads the whole table.
    pg::execute_script(connection.get(), "SET enable_hashjoin = off; SET enable_mergejoin = off");
    for (const char* name : {"enqueue", "claim", "complete"}) statements_.prepare(name, baseline_sql(name));
  }

  [[nodiscard]] std::unique_ptr<Contender> another(const std::string& conninfo) const override {
    return std::make_unique<BaselineQueue>(conninfo);
  }

  void enqueue(const Request& request) override {
    pg::Params params;
    params.add(request.source.organization_id).add(request.source.source_id);
    (void)statements_.run("enqueue", params);
  }

  void enqueue(std::span<const Request> requests) override {
    pg::CopyRows rows;
    for (const Request& one : requests)
      rows.row(one.source.organization_id, one.source.source_type, one.source.source_id,
               to_string(one.action), std::int32_t{one.priority});
    pg::copy_in(connection.get(),
                "COPY baseline_queue (organization_id, source_type, source_id, action, priority) FROM STDIN "
                "(FORMAT binary)",
                rows.finish());
  }

  std::size_t drain(int batch) override {
    pg::Params limit;
    limit.add(std::int32_t{batch});
    for (std::size_t total = 0;;) {
      const pg::Result claimed = statements_.run("claim", limit);
      if (claimed.rows() == 0) return total;
      std::vector<Uuid> ids;
      for (int row = 0; row < claimed.rows(); ++row) ids.push_back(claimed.get<Uuid>(row, 0));
      pg::Params done;
      done.add_array(ids);
      total += statements_.run("complete", done).affected();
    }
  }

 private:
  Prepared statements_{connection.get()};
};

class OurQueue final : public Contender {
 public:
  explicit OurQueue(const std::string& conninfo)
      : Contender(conninfo), worker_(register_worker(connection.get(), "bench", 1, std::chrono::hours(1))) {
    prepare_statements(connection.get());
  }
  [[nodiscard]] std::unique_ptr<Contender> another(const std::string& conninfo) const override {
    return std::make_unique<OurQueue>(conninfo);
  }
  void enqueue(const Request& request) override { (void)enqueue_index(connection.get(), request); }
  void enqueue(std::span<const Request> requests) override {
    (void)enqueue_index(connection.get(), requests);
  }
  std::size_t drain(int batch) override {
    for (std::size_t total = 0;;) {
      const std::vector<Job> jobs = queue_.claim(worker_, batch);
      if (jobs.empty()) return total;
      queue_.complete(jobs);
      total += jobs.size();
    }
  }

 private:
  std::int64_t worker_;
  Queue queue_{connection.get()};  // one for all drains, as a consumer has
};

}  // namespace

std::unique_ptr<Contender> baseline_queue(const std::string& conninfo) {
  pg::execute_script(Connection(conninfo).get(), baseline_sql("schema"));
  return std::make_unique<BaselineQueue>(conninfo);
}

std::unique_ptr<Contender> our_queue(const std::string& conninfo) {
  create_or_upgrade_schema(Connection(conninfo).get(), testing::WordEmbedder{});
  return std::make_unique<OurQueue>(conninfo);
}

}  // namespace ragqueue::bench
