#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "claims.hpp"
#include "queue/retention.hpp"
#include "ragqueue/schema.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Claims;
using testing::ticket;
using testing::uuid;
using testing::WordEmbedder;

namespace {

/// What the application keeps of its jobs needs their rows where they are.
struct InPlace : Claims {
  void init() const { create_or_upgrade_schema(database.get(), WordEmbedder{}); }
  void watch_status(
      const std::string& when = "AFTER UPDATE OF status ON rag_index_queue FOR EACH ROW") const {
    database.run(
        "CREATE TABLE seen (n serial, job uuid, status text);"
        "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen (job, status) "
        "VALUES (NEW.id, "
        "NEW.status); RETURN NULL; END $$;"
        "CREATE TRIGGER see " +
        when + " EXECUTE FUNCTION see()");
  }
  [[nodiscard]] std::string seen() const {
    return database.text("SELECT string_agg(status, ' ' ORDER BY n) FROM seen");
  }
  [[nodiscard]] std::int64_t moved() const {
    return database.number("SELECT count(*) FROM rag_index_queue_archive");
  }
};

}  // namespace

TEST_CASE_METHOD(InPlace,
                 "a trigger on status sees done: jobs finish in place, and are found, retried and left there",
                 "[promise-14]") {
  watch_status();
  init();
  for (unsigned number = 1; number <= 3; ++number) enqueue(ticket(number));
  enqueue(ticket(3));
  const std::vector<Job> jobs = claim();
  REQUIRE(jobs.size() == 3);
  queue.complete(std::span(jobs).first(1));
  CHECK(queue.fail(std::vector{Failure{.job = jobs[1], .message = "no", .permanent = true}}, {}).size() == 1);
  CHECK(queue.release(std::span(jobs).last(1)) == 1);
  CHECK(seen() == "running running done running done failed pending");
  CHECK(statuses() == "done failed done pending");
  pg::sweep(database.get());
  pg::Retention(0ms).step(database.get(), worker);
  CHECK(statuses() == "done failed done pending");
  CHECK(moved() == 0);
  CHECK(queue.retry_failed({}) == 1);
  const std::vector<Job> again = claim();
  CHECK(again.size() == 2);
  queue.complete(again);
  CHECK(queue.finished());
  CHECK(statuses() == "done done done done");
  database.run("UPDATE rag_index_queue SET status = 'pending' WHERE source_id = '" + uuid(1).to_string() +
               "'");
  CHECK(claim().size() == 1);
}

TEST_CASE_METHOD(InPlace, "whatever the trigger's form, it sees done", "[promise-14]") {
  watch_status(GENERATE(
      "AFTER UPDATE ON rag_index_queue FOR EACH ROW WHEN (NEW.status = 'done')",
      "BEFORE UPDATE ON rag_index_queue FOR EACH ROW WHEN (NEW.status = 'done' AND OLD.status <> 'done')",
      "AFTER INSERT OR UPDATE OF status, last_error ON rag_index_queue FOR EACH ROW WHEN (NEW.status = "
      "'done')"));
  database.run(
      "CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen (job, "
      "status) VALUES (NEW.id, NEW.status); RETURN NEW; END $$");
  init();
  enqueue(ticket(1));
  queue.complete(claim());
  CHECK(seen() == "done");
  CHECK(statuses() == "done");
}

TEST_CASE_METHOD(InPlace, "a foreign key to a job, or a trigger on DELETE, keeps its row", "[promise-14]") {
  SECTION("a foreign key") {
    database.run("CREATE TABLE note (job uuid REFERENCES rag_index_queue)");
  }
  SECTION("a trigger") {
    database.run(
        "CREATE TABLE note (job uuid);"
        "CREATE FUNCTION farewell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'deleted'; "
        "END $$;"
        "CREATE TRIGGER farewell AFTER DELETE ON rag_index_queue FOR EACH ROW EXECUTE FUNCTION farewell()");
  }
  CHECK(database.text("SELECT string_agg(d, ', ') FROM rag_dependents() AS d") != "NULL");
  CHECK(database.text("rag_finishes_in_place()") == "false");
  init();
  CHECK(database.text("rag_finishes_in_place()") == "true");
  enqueue(ticket(1));
  enqueue(ticket(1));
  database.run("INSERT INTO note SELECT id FROM rag_index_queue");
  queue.complete(claim());
  pg::sweep(database.get());
  CHECK(statuses() == "done done");
  CHECK(moved() == 0);
}

TEST_CASE_METHOD(InPlace, "once nothing needs the rows any more, init lets them move", "[promise-14]") {
  watch_status();
  init();
  enqueue(ticket(1));
  queue.complete(claim());
  database.run("DROP TRIGGER see ON rag_index_queue");
  init();
  pg::sweep(database.get());
  CHECK(moved() == 1);
  enqueue(ticket(2));
  queue.complete(claim());
  CHECK(moved() == 2);
  CHECK(statuses() == "done done");
}

TEST_CASE_METHOD(InPlace, "a queue full of jobs that finished in place is claimed from as quickly",
                 "[promise-14]") {
  watch_status();
  init();
  database.run(
      "ALTER TABLE rag_index_queue DISABLE TRIGGER see; INSERT INTO rag_index_queue (organization_id, "
      "source_type, "
      "source_id, action) SELECT gen_random_uuid(), 'kb', gen_random_uuid(), 'upsert' FROM "
      "generate_series(1, 20000);"
      "UPDATE rag_index_queue SET status = 'done'");
  database.run("VACUUM ANALYZE rag_index_queue");
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE run_at = 'infinity'") == 20000);
  enqueue(ticket(1));
  const auto touched = [&] {
    return database.number(
        "SELECT pg_stat_get_tuples_fetched('rag_index_queue'::regclass) + "
        "pg_stat_get_tuples_returned('rag_index_queue'::regclass) FROM pg_stat_force_next_flush()");
  };
  database.run("SELECT pg_stat_force_next_flush()");
  const std::int64_t before = touched();
  queue.complete(claim());
  CHECK(queue.finished());
  database.run("SELECT pg_stat_force_next_flush()");
  CHECK(touched() - before < 1000);
}
