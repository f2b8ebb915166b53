#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "queue/retention.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "ragqueue/schema.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using testing::Database;
using testing::WordEmbedder;

namespace {

/// The table as the system before us had it.
struct Legacy {
  Database database;

  Legacy() {
    database.run(
        "CREATE TABLE rag_index_queue (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), organization_id UUID "
        "NOT NULL, source_type VARCHAR(50) NOT NULL,"
        " source_id UUID NOT NULL, action VARCHAR(20) NOT NULL, priority INTEGER DEFAULT 5,"
        " status VARCHAR(20) DEFAULT 'pending', attempts INTEGER DEFAULT 0, last_error TEXT,"
        " created_at TIMESTAMPTZ DEFAULT now(), updated_at TIMESTAMPTZ DEFAULT now())");
  }

  void insert(const std::string& columns, const std::string& values, int count = 1) const {
    database.run("INSERT INTO rag_index_queue (organization_id, source_type, source_id, action" + columns +
                 ") SELECT '00000000-0000-4000-8000-000000000001', 'ticket', gen_random_uuid(), " + values +
                 " FROM generate_series(1, " + std::to_string(count) + ")");
  }
  void adopt() const { create_or_upgrade_schema(database.get(), WordEmbedder{}); }
  [[nodiscard]] std::string counts() const {
    return database.text(
        "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM "
        "(SELECT status, count(*) AS n FROM rag_index_queue GROUP BY status) AS s");
  }
};

}  // namespace

TEST_CASE_METHOD(
    Legacy, "a filled table is adopted: no row is lost, and what a dead worker left running is done again",
    "[promise-14]") {
  insert("", "'upsert'", 30);
  insert(", status", "'upsert', 'running'", 5);
  insert(", status, attempts, last_error", "'delete', 'failed', 3, 'boom'", 2);
  insert(", status", "'upsert', 'done'", 7);
  adopt();
  CHECK(counts() == "done 7, failed 2, pending 35");
  CHECK(
      database.text("SELECT DISTINCT last_error || attempts FROM rag_index_queue WHERE status = 'failed'") ==
      "boom3");
  const std::int64_t worker = register_worker(database.get(), "here", 1, 60s);
  CHECK(Queue(database.get()).claim(worker, 100).size() == 35);
}

TEST_CASE_METHOD(Legacy, "rows of one source that were running twice are adopted as one run",
                 "[promise-14]") {
  insert(", status", "'upsert', 'running'", 2);
  database.run("UPDATE rag_index_queue SET source_id = '00000000-0000-4000-8000-000000000002'");
  adopt();
  const std::int64_t worker = register_worker(database.get(), "here", 1, 60s);
  CHECK(Queue(database.get()).claim(worker, 10).size() == 1);
}

TEST_CASE_METHOD(Legacy, "a column of the table's own stays with its rows, also when they are done",
                 "[promise-14]") {
  database.run("ALTER TABLE rag_index_queue ADD COLUMN \"asked by\" text");
  insert(", \"asked by\"", "'upsert', 'Ada'");
  insert(", \"asked by\", status", "'upsert', 'Grace', 'done'");
  adopt();
  const std::int64_t worker = register_worker(database.get(), "here", 1, 60s);
  Queue queue(database.get());
  SECTION("as it was adopted") {}
  SECTION("after columns came and went, and init was run again") {
    database.run(
        "ALTER TABLE rag_index_queue ADD COLUMN later integer DEFAULT 7, ADD COLUMN never "
        "text;"
        "ALTER TABLE rag_index_queue DROP COLUMN never");
    adopt();
  }
  queue.complete(queue.claim(worker, 10));
  database.run("UPDATE rag_index_queue SET status = 'pending' WHERE \"asked by\" = 'Ada'");
  queue.complete(queue.claim(worker, 10));
  CHECK(database.text("SELECT string_agg(\"asked by\" || ' ' || status, ', ' ORDER BY \"asked by\") FROM "
                      "rag_index_queue") == "Ada done, Grace done");
}

TEST_CASE_METHOD(Legacy, "the table's own columns may be computed, and have any name", "[promise-14]") {
  // Those of all that our functions take, declare and return, which are no columns of ours.
  const std::string columns = database.text(
      "SELECT string_agg(format('ADD COLUMN %I text DEFAULT %L', name, 'mine'), ', ') FROM "
      "unnest('{worker,most,without,from_rank,from_created,from_seq,this,due,all_good,skipped,so"
      "urces,lost,ranks,how,rescued,wanted,is_request,tokens,messages,pauses,mine,othe"
      "r,gone,head_rank,all_types,all_sources,organizations,types,locked,taken,total,newe"
      "st,lost_workers,priorities,moments,places,superseded,ids,from_status,claim,to_st"
      "atus,finished,head_priority,head_created,head_seq,none_out,high,low,job,tid,kept}'::text[]) AS given "
      "(name)");
  database.run("ALTER TABLE rag_index_queue " + columns +
               ", ADD COLUMN hour integer GENERATED ALWAYS AS (priority * 2) STORED");
  insert(", status", "'upsert', 'done'");
  adopt();
  adopt();
  const std::int64_t worker = register_worker(database.get(), "here", 1, 60s);
  Queue queue(database.get());
  for (const unsigned number : {1U, 2U, 2U, 3U}) enqueue_index(database.get(), testing::ticket(number));
  const std::vector<Job> jobs = queue.claim(worker, 10);
  REQUIRE(jobs.size() == 3);
  CHECK(rescue(database.get()) == 0);
  queue.complete(std::span(jobs).first(2));
  CHECK(queue.fail(std::vector{Failure{.job = jobs[2], .message = "no", .permanent = true}}, {}).size() == 1);
  pg::sweep(database.get());
  CHECK(queue.retry_failed({}) == 1);
  CHECK(queue.claim(worker, 10).size() == 1);
  CHECK(counts() == "done 4, running 1");
  CHECK(database.text("SELECT DISTINCT hour || worker || claim FROM rag_index_queue") == "10minemine");
}

TEST_CASE_METHOD(Legacy, "what the table refers to, its done rows refer to as well", "[promise-14]") {
  database.run("CREATE TABLE organizations (id uuid PRIMARY KEY); INSERT INTO organizations VALUES ('" +
               testing::uuid(1).to_string() + "')");
  insert("", "'upsert'");
  database.run("UPDATE rag_index_queue SET organization_id = '" + testing::uuid(1).to_string() +
               "'; ALTER TABLE rag_index_queue ADD FOREIGN KEY (organization_id) REFERENCES organizations ON "
               "DELETE CASCADE");
  adopt();
  Queue queue(database.get());
  queue.complete(queue.claim(register_worker(database.get(), "here", 1, 60s), 10));
  REQUIRE(counts() == "done 1");
  database.run("DELETE FROM organizations");
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 0);
}

TEST_CASE_METHOD(Legacy, "age decides the order of what was enqueued before", "[promise-14]") {
  insert(", created_at", "'upsert', now() - interval '1 hour'");
  insert(", created_at", "'upsert', now() - interval '2 hours'");
  adopt();
  insert("", "'upsert'");
  CHECK(database.text("SELECT array_agg(seq ORDER BY created_at) FROM rag_index_queue") == "{0,0,1}");
  database.run("UPDATE rag_index_queue SET source_id = '" + testing::uuid(2).to_string() + "'");
  const std::vector<Job> jobs =
      Queue(database.get()).claim(register_worker(database.get(), "here", 1, 60s), 10);
  REQUIRE(jobs.size() == 1);
  CHECK(database.text("SELECT seq FROM rag_index_queue WHERE id = '" + jobs[0].id.to_string() + "'") == "1");
}

TEST_CASE_METHOD(Legacy, "what nobody could run is kept as failed, with the reason", "[promise-14]") {
  insert("", "'reindex'");
  insert(", status", "'upsert', 'stuck'");
  insert(", priority", "'upsert', 100000");
  insert(", priority, status, attempts, created_at, updated_at", "'upsert', NULL, NULL, NULL, NULL, NULL");
  adopt();
  CHECK(counts() == "failed 2, pending 2");
  CHECK(database.text("SELECT string_agg(last_error, '; ' ORDER BY last_error) FROM rag_index_queue") ==
        "unknown action 'reindex' when the table was adopted; unknown status 'stuck' when the table was "
        "adopted");
  CHECK(database.text("SELECT max(priority) FROM rag_index_queue") == "100000");
  const std::int64_t worker = register_worker(database.get(), "here", 1, 60s);
  CHECK(Queue(database.get()).claim(worker, 1).at(0).request.priority == 100);
}

TEST_CASE_METHOD(Legacy,
                 "a table that cannot keep the promises is refused, untouched, with what is in its way",
                 "[promise-14]") {
  insert("", "'upsert'", 3);
  std::string reason;
  SECTION("a column of another type") {
    database.run("ALTER TABLE rag_index_queue ALTER COLUMN created_at TYPE timestamp");
    reason = "created_at must be timestamp with time zone but is timestamp without time zone";
  }
  SECTION("a missing column") {
    database.run("ALTER TABLE rag_index_queue DROP COLUMN last_error");
    reason = "last_error must be text but is missing";
  }
  SECTION("a unique index, which would make enqueuers wait for each other") {
    database.run("CREATE UNIQUE INDEX one_pending ON rag_index_queue (source_id) WHERE status = 'pending'");
    reason = "Drop it first: one_pending";
  }
  SECTION("a column of its own with a name of ours") {
    database.run("ALTER TABLE rag_index_queue ADD COLUMN token text");
    reason = "it has a column token of its own";
  }
  SECTION("a column of its own that must be given") {
    database.run(
        "ALTER TABLE rag_index_queue ADD COLUMN \"asked by\" text NOT NULL DEFAULT 'x'; ALTER TABLE "
        "rag_index_queue ALTER COLUMN "
        "\"asked by\" DROP DEFAULT");
    reason = "\"asked by\" takes no NULL and has no default";
  }
  SECTION("a view in its place") {
    database.run(
        "ALTER TABLE rag_index_queue RENAME TO jobs; CREATE VIEW rag_index_queue AS SELECT * FROM jobs");
    reason = "it is no plain table";
  }
  SECTION("rows that name no source") {
    database.run(
        "ALTER TABLE rag_index_queue ALTER COLUMN source_id DROP NOT NULL; UPDATE rag_index_queue SET "
        "source_id = NULL");
    reason = "3 rows name no source";
  }
  CHECK_THROWS_MATCHES(adopt(), Error, MessageMatches(ContainsSubstring(reason)));
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 3);
  CHECK(database.text("SELECT to_regclass('rag_schema') IS NULL") == "true");
}

TEST_CASE_METHOD(Legacy, "whoever enqueues while a large table is adopted goes on enqueueing",
                 "[slow][promise-14]") {
  const char* given = std::getenv("ADOPTED_ROWS");
  const int rows = given != nullptr ? std::stoi(given) : 60'000;
  insert(", status",
         "'upsert', CASE WHEN generate_series % 3 = 0 THEN 'done' WHEN generate_series % 3 = 1 THEN 'failed' "
         "END",
         rows);
  database.run("CREATE INDEX ix_status ON rag_index_queue (status, priority, created_at)");
  std::atomic<bool> adopted = false;
  std::chrono::steady_clock::duration longest{}, all_above{};
  int inserted = 0;
  std::thread application([&] {
    const Connection connection = database.connect();
    while (!adopted) {
      const auto begin = std::chrono::steady_clock::now();
      pg::execute_script(
          connection.get(),
          "INSERT INTO rag_index_queue (id, organization_id, source_type, source_id, action, priority, "
          "status, "
          "attempts, created_at, updated_at) VALUES (gen_random_uuid(), gen_random_uuid(), 'kb', "
          "gen_random_uuid(), 'upsert', 5, 'pending', 0, now(), now()) ON CONFLICT DO NOTHING");
      const auto took = std::chrono::steady_clock::now() - begin;
      longest = std::max(longest, took);
      if (took > 20ms) all_above += took;
      ++inserted;
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  adopt();
  const auto took = std::chrono::steady_clock::now() - begin;
  adopted = true;
  application.join();
  using seconds = std::chrono::duration<double>;
  WARN(rows << " rows: init " << seconds(took).count() << " s, " << inserted
            << " inserts meanwhile, the longest " << seconds(longest).count()
            << " s, those over 20 ms together " << seconds(all_above).count() << " s");
  CHECK(longest < 10s);  // a tenth of a second on an idle machine; this one may be anything but idle
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == rows + inserted);
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE status = 'pending' AND run_at IS NULL") ==
        rows - rows / 3 - (rows + 2) / 3 + inserted);
  CHECK(database.number("SELECT count(*) FROM ONLY rag_index_queue WHERE status <> 'pending'") == 0);
}

TEST_CASE_METHOD(Legacy, "the roles that had rights on the table keep them", "[promise-14]") {
  insert("", "'upsert'", 3);
  const std::string schema = database.text("SELECT current_schema()");
  database.run(
      "DO $$ BEGIN CREATE ROLE legacy_app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
      "GRANT USAGE ON SCHEMA " +
      schema + " TO legacy_app; GRANT SELECT, INSERT, UPDATE, DELETE ON rag_index_queue TO legacy_app");
  adopt();
  const Database app(database.conninfo() + " user=legacy_app");
  app.run(
      "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) VALUES "
      "(gen_random_uuid(), 'kb', "
      "gen_random_uuid(), 'upsert')");
  CHECK(pg::execute(app.get(),
                    "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) VALUES "
                    "(gen_random_uuid(), 'kb', gen_random_uuid(), 'upsert') RETURNING id")
            .rows() == 1);
  CHECK(app.number("SELECT count(*) FROM rag_index_queue") == 5);
  CHECK(pg::execute(app.get(), "UPDATE rag_index_queue SET priority = 7").affected() == 5);
  Queue(database.get())
      .complete(Queue(database.get()).claim(register_worker(database.get(), "here", 1, 60s), 2));
  CHECK(app.number("SELECT count(*) FROM rag_index_queue WHERE status = 'done'") == 2);
  app.run("UPDATE rag_index_queue SET status = 'pending' WHERE status = 'done'");
  CHECK(app.number("SELECT count(*) FROM rag_index_queue WHERE status = 'pending'") == 5);
  CHECK(pg::execute(app.get(), "DELETE FROM rag_index_queue").affected() == 5);
  CHECK_THROWS_AS(
      app.run(
          "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, attempts) VALUES "
          "(gen_random_uuid(), 'kb', gen_random_uuid(), 'upsert', 2147483647)"),
      Error);
}

TEST_CASE_METHOD(Legacy, "a right that was everybody's, or that a role did not have, opens no row",
                 "[promise-14]") {
  insert("", "'upsert'", 3);
  database.run(
      "DO $$ BEGIN CREATE ROLE legacy_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
      "DO $$ BEGIN CREATE ROLE legacy_viewer LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
      "GRANT USAGE ON SCHEMA " +
      database.text("SELECT current_schema()") +
      " TO legacy_reader, legacy_viewer; GRANT SELECT ON rag_index_queue TO PUBLIC; "
      "GRANT SELECT (id, status) ON rag_index_queue TO legacy_viewer");
  const std::string findings =
      fmt::format("{}", fmt::join(examine_schema(database.get(), WordEmbedder{}), "\n"));
  CHECK_THAT(findings, ContainsSubstring("PUBLIC has SELECT") && ContainsSubstring("rag_worker grants"));
  adopt();
  CHECK(
      Database(database.conninfo() + " user=legacy_reader").number("SELECT count(*) FROM rag_index_queue") ==
      0);
  const Database viewer(database.conninfo() + " user=legacy_viewer");
  CHECK(viewer.number("SELECT count(id) FROM rag_index_queue") == 3);
  database.run("GRANT DELETE ON rag_index_queue TO legacy_viewer");
  CHECK(pg::execute(viewer.get(), "DELETE FROM rag_index_queue").affected() == 0);
}
