#include <catch2/catch_test_macros.hpp>

#include "claims.hpp"
#include "queue/retention.hpp"
#include "ragqueue/schema.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Claims;
using testing::ticket;

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
