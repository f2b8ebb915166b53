#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <cstdlib>
#include <random>
#include <utility>

#include "queue_model.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Database;
using testing::QueueModel;

namespace {

/// A claim, as the queue and as the model handed it out. A late worker keeps it for ever.
struct Held {
  Job job;
  std::size_t row;
  int claim;
};

/// Takes the same random steps in the database, over several connections, and in the model.
class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed) {
    for (int worker = 0; worker < 3; ++worker) add_worker();
  }

  void step() {
    using Step = void (Walk::*)();
    static constexpr std::array<std::pair<Step, double>, 12> steps{{{&Walk::enqueue, 30},
                                                                    {&Walk::claim, 25},
                                                                    {&Walk::acknowledge, 15},
                                                                    {&Walk::acknowledge_late, 4},
                                                                    {&Walk::fail, 8},
                                                                    {&Walk::release, 5},
                                                                    {&Walk::end_lease, 6},
                                                                    {&Walk::heartbeat, 5},
                                                                    {&Walk::rescue, 10},
                                                                    {&Walk::leave, 2},
                                                                    {&Walk::end_pauses, 6},
                                                                    {&Walk::jump_clock, 3}}};
    std::vector<double> weights;
    for (const auto& [one, weight] : steps) weights.push_back(weight);
    std::discrete_distribution<std::size_t> choice(weights.begin(), weights.end());
    (this->*steps.at(choice(random_)).first)();
    compare();
  }

  /// Whatever state it was left in: everything has an end.
  void settle() {
    for (int round = 0; !model_.finished(); ++round) {
      REQUIRE(round < 1000);
      for (std::size_t worker = 0; worker < workers_.size(); ++worker) let_lease_end(worker);
      rescue();
      end_pauses();
      add_worker();
      claim_for(workers_.size() - 1);
      while (!held_.empty()) {
        acknowledge_at(held_.size() - 1);
        compare();
      }
    }
    CHECK(database_.number("SELECT count(*) FROM rag_index_queue WHERE status IN ('pending', 'running')") ==
          0);
  }

  [[nodiscard]] std::string trace() const { return trace_; }

 private:
  struct Worker {
    std::int64_t id;
    int model;
    Connection connection;
  };

  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  void note(const std::string& what) {
    trace_ += what + "\n";
    UNSCOPED_INFO(what);
  }
  Worker& some_worker() { return workers_[below(workers_.size())]; }

  void add_worker() {
    Connection connection = database_.connect();
    const std::int64_t id = register_worker(connection.get(), "model", 1, 1h);
    workers_.push_back({.id = id, .model = model_.add_worker(), .connection = std::move(connection)});
    note(fmt::format("worker {}", workers_.back().model));
  }
  void enqueue() {
    const auto source = static_cast<int>(below(4));
    const bool removal = below(3) == 0;
    const std::array priorities{5, 5, 5, 9, 0};
    const int priority = priorities.at(below(priorities.size()));
    note(fmt::format("enqueue {} {} {}", source, removal ? "delete" : "upsert", priority));
    enqueue_index(
        some_worker().connection.get(),
        testing::ticket(static_cast<unsigned>(source), removal ? Action::remove : Action::upsert, priority));
    model_.enqueue(source, removal, priority);
  }
  void claim() { claim_for(below(workers_.size())); }
  void claim_for(std::size_t index) {
    Worker& worker = workers_[index];
    const std::size_t limit = 1 + below(5);
    note(fmt::format("claim by {} limit {}", worker.model, limit));
    const std::vector<Job> jobs = Queue(worker.connection.get()).claim(worker.id, static_cast<int>(limit));
    const std::vector<std::size_t> rows = model_.claim(worker.model, limit);
    REQUIRE(jobs.size() == rows.size());
    for (std::size_t index_of_job = 0; index_of_job < jobs.size(); ++index_of_job) {
      const Job& job = jobs[index_of_job];
      const QueueModel::Row& row = model_.rows()[rows[index_of_job]];
      CHECK(job.request.source.source_id == testing::uuid(static_cast<unsigned>(row.source)));
      CHECK((job.request.action == Action::remove) == row.removal);
      CHECK(job.attempts == row.attempts);
      CHECK(job.token > last_token_);
      held_.push_back({.job = job, .row = rows[index_of_job], .claim = *row.claim});
    }
    for (const Job& job : jobs) last_token_ = std::max(last_token_, job.token);
  }
  Held take(std::size_t index) {
    Held held = held_[index];
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
    ended_.push_back(held);
    return held;
  }
  void acknowledge() {
    if (!held_.empty()) acknowledge_at(below(held_.size()));
  }
  void acknowledge_at(std::size_t index) { acknowledge(std::vector{take(index)}); }
  /// By a worker that does not know that it ended this claim, or lost it, together with one that it may hold.
  void acknowledge_late() {
    if (ended_.empty() || held_.empty()) return;
    acknowledge(std::vector{ended_[below(ended_.size())], held_[below(held_.size())]});
  }
  void acknowledge(const std::vector<Held>& claims) {
    std::vector<Job> jobs;
    std::vector<std::pair<std::size_t, int>> pairs;
    for (const Held& held : claims) {
      note(fmt::format("acknowledge row {} claim {}", held.row, held.claim));
      jobs.push_back(held.job);
      pairs.emplace_back(held.row, held.claim);
    }
    pg_conn* const connection = some_worker().connection.get();
    bool held = true;
    pg::execute_script(connection, "BEGIN");
    try {
      Queue(connection).complete(jobs);
      pg::execute_script(connection, "COMMIT");
    } catch (const LostClaim&) {
      held = false;
      pg::execute_script(connection, "ROLLBACK");
    }
    CHECK(held == model_.acknowledge(pairs));
  }
  void fail() {
    if (held_.empty()) return;
    const Held held = take(below(held_.size()));
    const bool permanent = below(3) == 0;
    note(fmt::format("fail row {} claim {}{}", held.row, held.claim, permanent ? " for good" : ""));
    const RetryPolicy policy{.max_attempts = 1'000'000, .base = 1h, .limit = 2h};
    const std::vector<Failure> failures{{.job = held.job, .message = "no", .permanent = permanent}};
    const bool recorded = Queue(some_worker().connection.get()).fail(failures, policy).size() == 1;
    CHECK(recorded == model_.fail(held.row, held.claim, permanent));
  }
  void release() {
    if (held_.empty()) return;
    const Held held = take(below(held_.size()));
    note(fmt::format("release row {} claim {}", held.row, held.claim));
    const bool released = Queue(some_worker().connection.get()).release(std::span(&held.job, 1)) == 1;
    CHECK(released == model_.release(held.row, held.claim));
  }
  void end_lease() { let_lease_end(below(workers_.size())); }
  void let_lease_end(std::size_t index) {
    note(fmt::format("lease of {} ends", workers_[index].model));
    database_.run(
        fmt::format("UPDATE rag_workers SET heartbeat_at = now() - interval '1s', lease = '0' WHERE id = {}",
                    workers_[index].id));
    model_.let_lease_end(workers_[index].model);
  }
  void heartbeat() {
    Worker& worker = some_worker();
    note(fmt::format("heartbeat of {}", worker.model));
    database_.run(fmt::format("UPDATE rag_workers SET lease = '1h' WHERE id = {}", worker.id));
    const bool lives = ragqueue::heartbeat(worker.connection.get(), worker.id, WorkerCondition{});
    CHECK(lives == model_.heartbeat(worker.model));
    if (!lives) add_worker();
  }
  void rescue() {
    note("rescue");
    CHECK(ragqueue::rescue(some_worker().connection.get()) == model_.rescue());
  }
  void leave() {
    Worker& worker = some_worker();
    note(fmt::format("{} leaves", worker.model));
    unregister_worker(worker.connection.get(), worker.id);
    model_.unregister(worker.model);
    add_worker();
  }
  void end_pauses() {
    note("pauses end");
    database_.run("UPDATE rag_index_queue SET run_at = now() WHERE run_at > now()");
    model_.let_pauses_end();
  }
  /// Of the database's clock, back or ahead: what stands was written that much later or earlier.
  void jump_clock() {
    const int hours = below(2) == 0 ? 3 : -3;
    note(fmt::format("clock jumps by {} h", -hours));
    database_.run(
        fmt::format("UPDATE rag_index_queue SET created_at = created_at + interval '{0} hours', "
                    "updated_at = updated_at + interval '{0} hours'",
                    hours));
    // Older and newer requests may have changed places in time; arrival is what counts within a source.
    database_.run(
        "UPDATE rag_index_queue AS q SET created_at = now() - interval '1 day' + seq * interval '1 ms'");
  }

  void compare() {
    const pg::Result rows = pg::execute(database_.get(),
                                        "SELECT q.source_id, q.status::text, q.attempts, q.rescues, "
                                        "q.worker_id, (SELECT n.seq FROM rag_index_queue n "
                                        "WHERE n.id = q.superseded_by), q.seq, rank() OVER (ORDER BY q.seq) "
                                        "FROM rag_index_queue q ORDER BY q.seq");
    REQUIRE(rows.rows() == static_cast<int>(model_.rows().size()));
    std::map<std::int64_t, std::size_t> place;
    for (int row = 0; row < rows.rows(); ++row)
      place[rows.get<std::int64_t>(row, 6)] = static_cast<std::size_t>(row);
    for (int row = 0; row < rows.rows(); ++row) {
      CAPTURE(row);
      const QueueModel::Row& expected = model_.rows()[static_cast<std::size_t>(row)];
      CHECK(rows.get<Uuid>(row, 0) == testing::uuid(static_cast<unsigned>(expected.source)));
      CHECK(rows.get<std::string>(row, 1) == expected.status);
      CHECK(rows.get<std::int32_t>(row, 2) == expected.attempts);
      CHECK(rows.get<std::int32_t>(row, 3) == expected.rescues);
      CHECK(rows.null(row, 4) == !expected.worker.has_value());
      const auto superseded_by = rows.maybe<std::int64_t>(row, 5);
      CHECK((superseded_by ? std::optional(place.at(*superseded_by)) : std::nullopt) == expected.by);
    }
  }

  std::mt19937 random_;
  Database database_{testing::WordEmbedder{}};
  QueueModel model_;
  std::vector<Worker> workers_;
  std::vector<Held> held_, ended_;
  std::int64_t last_token_ = 0;
  std::string trace_;
};

}  // namespace

TEST_CASE("the queue does what its model does, whatever comes in whatever order", "[model]") {
  constexpr unsigned walks = 12;
  constexpr int steps = 150;
  const char* one = std::getenv("QUEUE_SEED");
  const unsigned seed =
      one != nullptr ? static_cast<unsigned>(std::stoul(one)) : GENERATE(range(1U, walks + 1));
  Walk walk(seed);
  for (int step = 0; step < steps; ++step) {
    INFO("QUEUE_SEED=" << seed << ", step " << step << " of:\n" << walk.trace());
    walk.step();
  }
  INFO("QUEUE_SEED=" << seed << ", settling after:\n" << walk.trace());
  walk.settle();
}
