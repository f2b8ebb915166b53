#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "claims.hpp"
#include "queue/retention.hpp"
#include "ragqueue/schema.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Claims;
using testing::ticket;

namespace {

struct Publication {
  const testing::Database& database;
  explicit Publication(const testing::Database& where) : database(where) {
    database.run("DROP PUBLICATION IF EXISTS of_all; CREATE PUBLICATION of_all FOR ALL TABLES");
  }
  ~Publication() { database.run("DROP PUBLICATION of_all"); }
};

}  // namespace

TEST_CASE("a publication that stands before init is in nobody's way, of a queue created and of one adopted",
          "[promise-14]") {
  const testing::Database database;
  const std::string key = GENERATE("none", "PRIMARY KEY (id)", "UNIQUE (id)");
  if (key != "none") {
    database.run(
        "CREATE TABLE rag_index_queue (id uuid NOT NULL DEFAULT gen_random_uuid(), organization_id uuid, "
        "source_type varchar(50), "
        "source_id uuid, action varchar(20), priority int, status varchar(20), attempts int, last_error "
        "text, created_at "
        "timestamptz, updated_at timestamptz, " +
        key +
        ");"
        "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, status) SELECT "
        "gen_random_uuid(), 'kb', "
        "gen_random_uuid(), 'upsert', unnest('{pending,running,failed,done}'::text[])");
  }
  const Publication publication(database);
  create_or_upgrade_schema(database.get(), testing::WordEmbedder{});
  enqueue_index(database.get(), ticket(1));
  Queue queue(database.get());
  const std::int64_t worker = register_worker(database.get(), "here", 1, 60s);
  for (std::vector<Job> jobs = queue.claim(worker, 10); !jobs.empty(); jobs = queue.claim(worker, 10))
    queue.complete(jobs);
  CHECK(queue.finished());
}

TEST_CASE_METHOD(Claims, "a publication for all tables is in nobody's way", "[promise-14]") {
  CHECK(
      database.text("SELECT string_agg(relname, ' ') FROM pg_class AS c WHERE relnamespace = "
                    "current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT (relreplident = 'f' OR "
                    "relreplident = 'd' AND EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND "
                    "indisprimary))") == "NULL");
  database.run("CREATE PUBLICATION of_all FOR ALL TABLES");
  for (unsigned number = 1; number <= 4; ++number) enqueue(ticket(number));
  const std::vector<Job> jobs = claim();
  queue.complete(std::span(jobs).first(2));
  CHECK(queue.fail(std::vector{Failure{.job = jobs[2], .message = "no", .permanent = true}}, {}).size() == 1);
  database.run("UPDATE rag_workers SET heartbeat_at = now() - interval '1 day', lease = '0'");
  CHECK(rescue(database.get()) == 1);
  pg::sweep(database.get());
  CHECK(queue.retry_failed({}) == 1);
  const std::int64_t next = register_worker(database.get(), "here", 2, 60s);
  pg::Retention(0ms).step(database.get(), next);
  CHECK(statuses() == "pending pending");
  unregister_worker(database.get(), next);
  rebuild_index(database.get(), testing::WordEmbedder{});
  database.run("DROP PUBLICATION of_all");
}
