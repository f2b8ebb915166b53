#include <catch2/catch_test_macros.hpp>

#include "queue/retention.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Database;
using testing::ticket;

namespace {

struct Kept {
  Database database{testing::WordEmbedder{}};
  std::int64_t worker = register_worker(database.get(), "here", 1, 60s);

  void enqueue(unsigned number) const { enqueue_index(database.get(), ticket(number)); }
  void set(unsigned number, const std::string& status, const std::string& age) const {
    database.run("UPDATE rag_index_queue SET status = '" + status + "', updated_at = now() - interval '" +
                 age + "' WHERE source_id = '" + testing::uuid(number).to_string() + "'");
    database.run(
        "WITH gone AS (DELETE FROM ONLY rag_index_queue WHERE status IN ('done', 'failed') RETURNING *) "
        "INSERT INTO rag_index_queue_archive SELECT * FROM gone");
  }
  [[nodiscard]] std::string left() const {
    return database.text(
        "SELECT string_agg(status || right(source_id::text, 1), ' ' ORDER BY seq) FROM "
        "rag_index_queue");
  }
};

}  // namespace

TEST_CASE_METHOD(Kept, "done rows go when their time is over; all others stay", "[retention]") {
  for (unsigned number = 1; number <= 5; ++number) enqueue(number);
  set(1, "done", "8 days");
  set(2, "done", "6 days");
  set(3, "failed", "8 days");
  set(4, "running", "8 days");
  set(5, "pending", "8 days");
  pg::Retention(std::chrono::hours(7 * 24)).step(database.get(), worker);
  CHECK(left() == "done2 failed3 running4 pending5");
  pg::Retention(0ms).step(database.get(), worker);
  CHECK(left() == "failed3 running4 pending5");
}

TEST_CASE_METHOD(Kept, "what overtook a failed request stays as long as that does", "[retention]") {
  enqueue(1);
  set(1, "failed", "8 days");
  enqueue(1);
  database.run("UPDATE rag_index_queue SET status = 'done' WHERE status = 'pending'");
  pg::sweep(database.get());
  pg::Retention retention(0ms);
  retention.step(database.get(), worker);
  CHECK(left() == "failed1 done1");
  CHECK(Queue(database.get()).retry_failed({}) == 0);
  retention.step(database.get(), worker);
  CHECK(left() == "NULL");
}

TEST_CASE_METHOD(Kept, "only the oldest living worker sweeps, and it waits for no lock", "[retention]") {
  enqueue(1);
  enqueue(2);
  set(1, "done", "1 day");
  set(2, "done", "1 day");
  pg::Retention(0ms).step(database.get(), register_worker(database.get(), "there", 2, 60s));
  CHECK(left() == "done1 done2");
  const Connection reader = database.connect();
  pg::execute_script(reader.get(), "BEGIN; SELECT FROM rag_index_queue ORDER BY seq LIMIT 1 FOR UPDATE");
  database.run("SET lock_timeout = '1ms'");
  pg::Retention(0ms).step(database.get(), worker);
  CHECK(left() == "done1");
}

TEST_CASE_METHOD(Kept, "a step is bounded, and the steps go round the whole table", "[retention]") {
  database.run(
      "INSERT INTO rag_index_queue_archive (organization_id, source_type, source_id, action, status, seq) "
      "SELECT "
      "gen_random_uuid(), 'ticket', gen_random_uuid(), 'upsert', 'done', 1 FROM generate_series(1, 50000)");
  pg::Retention retention(0ms);
  retention.step(database.get(), worker);
  const std::int64_t after_one = database.number("SELECT count(*) FROM rag_index_queue");
  CHECK(after_one > 30'000);
  CHECK(after_one < 50'000);
  for (int step = 0; step < 10; ++step) retention.step(database.get(), worker);
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 0);
}
