#include "sleeper.hpp"

#include <chrono>
#include <thread>
#include <vector>

#include "baseline_sql.hpp"
#include "db/notification.hpp"
#include "db/statement.hpp"
#include "prepared.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/schema.hpp"
#include "ragqueue/worker.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"
#include "worker/wake_descriptor.hpp"

namespace ragqueue::bench {

namespace {

using namespace std::chrono_literals;

class BaselineSleeper final : public Sleeper {
 public:
  explicit BaselineSleeper(const std::string& conninfo) : consumer_(conninfo), enqueuer_(conninfo) {
    pg::execute_script(enqueuer_.get(), baseline_sql("schema"));
    enqueues_.prepare("enqueue", "WITH request AS (" + baseline_sql("enqueue") +
                                     ") SELECT pg_notify('baseline_queue', '') FROM request");
    consumes_.prepare("claim", baseline_sql("claim"));
    consumes_.prepare("complete", baseline_sql("complete"));
    pg::execute_script(consumer_.get(), "LISTEN baseline_queue");
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~BaselineSleeper() override {
    thread_.request_stop();
    wake_.signal();
  }
  BaselineSleeper(const BaselineSleeper&) = delete;
  BaselineSleeper& operator=(const BaselineSleeper&) = delete;

  void enqueue(unsigned number) override {
    pg::Params params;
    params.add(testing::uuid(1)).add(testing::uuid(number));
    (void)enqueues_.run("enqueue", params);
  }
  void wait_until(bool /*idle*/) override {}  // it is told in any case
  [[nodiscard]] std::string channel() const override { return "baseline_queue"; }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (pg::wait_for_notification(consumer_.get(), wake_.get(), 2s)) {
        while (claim() && !stop.stop_requested()) continue;
      }
    }
  }

  bool claim() {
    pg::Params limit;
    limit.add(std::int32_t{10});
    const pg::Result claimed = consumes_.run("claim", limit);
    if (claimed.rows() == 0) return false;
    begin_work();
    std::vector<Uuid> ids;
    for (int row = 0; row < claimed.rows(); ++row) ids.push_back(claimed.get<Uuid>(row, 0));
    pg::Params done;
    done.add_array(ids);
    (void)consumes_.run("complete", done);
    return true;
  }

  Connection consumer_, enqueuer_;
  Prepared consumes_{consumer_.get()}, enqueues_{enqueuer_.get()};
  WakeDescriptor wake_;
  std::jthread thread_;  // last, for it uses all the others
};

class OurSleeper final : public Sleeper {
 public:
  explicit OurSleeper(const std::string& conninfo) : enqueuer_(conninfo), watch_(conninfo) {
    const auto embedder = std::make_shared<const testing::WordEmbedder>();
    create_or_upgrade_schema(enqueuer_.get(), *embedder);
    worker_ = std::make_unique<Worker>(Pipeline{.sources = std::make_shared<const Gone>(*this),
                                                .chunker = make_text_chunker(),
                                                .embedder = embedder,
                                                .store = make_postgres_index_store()},
                                       WorkerOptions{.conninfo = conninfo});
    worker_->start();
    prepare_statements(enqueuer_.get());
  }

  void enqueue(unsigned number) override { (void)enqueue_index(enqueuer_.get(), testing::ticket(number)); }

  void wait_until(bool idle) override {
    const std::string condition = idle ? "bool_and(idle)" : "NOT bool_or(idle)";
    while (!pg::execute(watch_.get(), "SELECT " + condition + " FROM rag_workers")
                .maybe<bool>(0, 0)
                .value_or(false))
      std::this_thread::sleep_for(1ms);
  }
  [[nodiscard]] std::string channel() const override { return "rag_index_queue"; }

 private:
  class Gone final : public SourceFetcher {
   public:
    explicit Gone(OurSleeper& sleeper) : sleeper_(sleeper) {}
    [[nodiscard]] std::vector<Document> fetch(pg_conn* /*connection*/, const Uuid& /*organization*/,
                                              std::string_view /*type*/,
                                              std::span<const Uuid> /*ids*/) const override {
      sleeper_.begin_work();
      return {};
    }

   private:
    OurSleeper& sleeper_;
  };

  Connection enqueuer_, watch_;
  std::unique_ptr<Worker> worker_;  // last, for it uses all the others
};

}  // namespace

std::unique_ptr<Sleeper> baseline_sleeper(const std::string& conninfo) {
  return std::make_unique<BaselineSleeper>(conninfo);
}

std::unique_ptr<Sleeper> our_sleeper(const std::string& conninfo) {
  return std::make_unique<OurSleeper>(conninfo);
}

}  // namespace ragqueue::bench
