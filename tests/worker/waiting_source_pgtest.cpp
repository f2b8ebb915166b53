#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "helpdesk.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/lease.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using testing::Helpdesk;
using testing::uuid;

namespace {

const std::string title_and_body = "subject AS title, description AS body";

/// Tickets whose query can fail, beside articles that are read as ever, and one worker with one consumer.
struct TwoTypes : Helpdesk {
  std::mutex mutex;
  std::vector<std::string> lines;

  TwoTypes() {
    database.run(
        "CREATE TABLE kb_articles (id uuid PRIMARY KEY, organization_id uuid, title text, content text, "
        "visibility text)");
  }

  void write_article(unsigned number) const {
    pg::execute(database.get(), "INSERT INTO kb_articles VALUES ($1, $2, 'How', 'Pull gently', 'public')",
                pg::Params().add(uuid(number)).add(uuid(1)));
    Request request = testing::ticket(number);
    request.source.source_type = "kb";
    enqueue_index(database.get(), request);
  }

  void read_tickets_by(const std::string& query, SqlSourceOptions how = {}) {
    std::vector<SqlSource> sources = builtin_sources();
    sources[0].query = query;
    pipeline.sources = make_sql_source_fetcher(sources, how);
  }

  [[nodiscard]] WorkerOptions one_consumer() {
    WorkerOptions settings = options();
    settings.concurrency = 1;
    settings.drain = false;
    settings.log = [this](const LogEntry& entry) {
      const std::scoped_lock lock(mutex);
      lines.push_back(entry.message);
    };
    return settings;
  }

  [[nodiscard]] std::string ended() const {
    return database.text(
        "SELECT coalesce(string_agg(source_type || status || attempts || ' ' || n, ', ' ORDER BY "
        "source_type), '') "
        "FROM (SELECT source_type, status, attempts, count(*) AS n FROM rag_index_queue "
        "GROUP BY 1, 2, 3) AS q");
  }

  [[nodiscard]] bool comes(const std::function<bool()>& expected) const {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!expected()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }
  [[nodiscard]] bool comes_to(const std::string& expected) const {
    return comes([&] { return ended().find(expected) != std::string::npos; });
  }

  [[nodiscard]] std::size_t told(const std::string& words) {
    const std::scoped_lock lock(mutex);
    std::size_t count = 0;
    for (const std::string& line : lines) count += line.find(words) != std::string::npos ? 1 : 0;
    return count;
  }
};

}  // namespace

TEST_CASE_METHOD(TwoTypes, "a locked source table delays its own source type, unspent, and no other",
                 "[promise-14]") {
  for (unsigned number = 1; number <= 3; ++number) write(number, "Printer", "jam");
  for (unsigned number = 11; number <= 40; ++number) write_article(number);
  const Connection other(database.conninfo());
  pg::execute_script(other.get(), "BEGIN; LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE");
  Worker worker(pipeline, one_consumer());
  worker.start();
  CHECK(comes_to("kbdone0 30"));
  CHECK_THAT(ended(),
             !ContainsSubstring("ticketdone") && ContainsSubstring("ticket") && ContainsSubstring("0 3"));
  CHECK(comes([&] { return !list_workers(database.get()).at(0).waiting_sources.empty(); }));
  const WaitingSource waiting = list_workers(database.get()).at(0).waiting_sources.at(0);
  CHECK(waiting.source_type == "ticket");
  CHECK_THAT(waiting.reason, ContainsSubstring("lock timeout"));
  CHECK(waiting.seconds < 30);

  pg::execute_script(other.get(), "ROLLBACK");
  CHECK(comes_to("ticketdone0 3"));
  CHECK(comes([&] { return list_workers(database.get()).at(0).waiting_sources.empty(); }));
  CHECK(told("'ticket' cannot be read") == 1);
  CHECK(told("'ticket' can be read again") == 1);
}

TEST_CASE_METHOD(TwoTypes,
                 "a source query that fails whatever the ids stops its type, unspent, until it is repaired",
                 "[promise-14]") {
  struct Fault {
    std::string query, repair, says;
  };
  const std::string rows = " FROM tickets WHERE organization_id = $1 AND id = ANY ($2)";
  const Fault fault = GENERATE_COPY(values<Fault>({
      {"SELECT id, " + title_and_body + " FROM tikets WHERE id = ANY ($2)",
       "CREATE VIEW tikets AS SELECT * FROM tickets", "\"tikets\" does not exist"},
      {"SELECT id, subjet AS title, description AS body" + rows,
       "ALTER TABLE tickets RENAME subject TO subjet", "\"subjet\" does not exist"},
      {"SELECT number AS id, " + title_and_body + ", status" + rows,
       "ALTER TABLE tickets ALTER number TYPE uuid USING id", "cannot cast type integer to uuid"},
      {"SELECT id, " + title_and_body + " FROM found($1, $2)",
       "CREATE FUNCTION found(uuid, uuid[]) RETURNS SETOF tickets LANGUAGE sql AS "
       "'SELECT * FROM tickets WHERE organization_id = $1 AND id = ANY ($2)'",
       "found(uuid, uuid[]) does not exist"},
      {"SELECT id, described(subject) AS title, description AS body" + rows,
       "CREATE TABLE descriptions (subject text)", "\"descriptions\" does not exist"},
      {"SELECT id, " + title_and_body + " FROM everything",
       "CREATE OR REPLACE VIEW everything AS SELECT id, subject, description FROM tickets WHERE id = ANY "
       "(ARRAY(SELECT source_id "
       "FROM rag_index_queue WHERE source_type = 'ticket' AND status = 'running'))",
       "was not asked for"},
  }));
  CAPTURE(fault.query);
  database.run("ALTER TABLE tickets ADD number integer");
  database.run(
      "CREATE FUNCTION described(text) RETURNS text LANGUAGE plpgsql AS "
      "'BEGIN RETURN $1 || (SELECT count(*) FROM descriptions); END'");
  database.run("CREATE VIEW everything AS SELECT id, subject, description FROM tickets");
  read_tickets_by(fault.query);
  const auto with_number = [&](unsigned number) {
    pg::execute(database.get(), "INSERT INTO tickets VALUES ($1, $2, 'Printer', 'jam', NULL, 'open', 1)",
                pg::Params().add(uuid(number)).add(uuid(1)));
    enqueue_index(database.get(), testing::ticket(number));
  };
  with_number(99);
  database.run("DELETE FROM rag_index_queue");  // a row that nobody asks for
  for (unsigned number = 1; number <= 3; ++number) with_number(number);
  for (unsigned number = 11; number <= 14; ++number) write_article(number);
  Worker worker(pipeline, one_consumer());
  worker.start();
  CHECK(comes_to("kbdone0 4"));
  CHECK(comes([&] { return !list_workers(database.get()).at(0).waiting_sources.empty(); }));
  CHECK_THAT(list_workers(database.get()).at(0).waiting_sources.at(0).reason, ContainsSubstring(fault.says));
  CHECK_THAT(ended(), !ContainsSubstring("ticketfailed") && ContainsSubstring("0 3"));
  database.run(fault.repair);
  CHECK(comes_to("ticketdone0 3"));
  CHECK(told("'ticket' cannot be read") == 1);
}

TEST_CASE_METHOD(TwoTypes,
                 "a source query that takes too long for any row stops its type, unspent, and no other",
                 "[promise-14]") {
  const std::string slow =
      GENERATE("(SELECT * FROM tickets, pg_sleep(60)) AS t",  // also where no row is there
               "(SELECT *, pg_sleep(60) FROM tickets) AS t");
  read_tickets_by("SELECT id, " + title_and_body + " FROM " + slow + " WHERE id = ANY ($2)",
                  {.timeout = 100ms});
  for (unsigned number = 1; number <= 3; ++number) write(number, "Printer", "jam");
  for (unsigned number = 11; number <= 40; ++number) write_article(number);
  Worker worker(pipeline, one_consumer());
  worker.start();
  CHECK(comes_to("kbdone0 30"));
  CHECK(comes([&] { return told("its time limit is 0.1 s") == 1; }));
  CHECK_THAT(ended(), !ContainsSubstring("ticketfailed"));
  CHECK_THAT(ended(), ContainsSubstring("0 3"));
}

TEST_CASE_METHOD(TwoTypes,
                 "a source query that fails for one row, or takes too long for it, fails that job alone",
                 "[promise-14]") {
  const auto [expression, says] = GENERATE(table<std::string, std::string>({
      {"(1 / length(subject))::text", "division by zero"},
      {"subject || status::integer", "invalid input syntax for type integer"},
      {"subject || CASE WHEN subject = '' THEN pg_sleep(60)::text ELSE '' END", "its time limit is 0.2 s"},
  }));
  read_tickets_by(
      "SELECT id, " + expression +
          " AS title, description AS body FROM tickets WHERE organization_id = $1 AND id = ANY ($2)",
      {.timeout = 200ms});
  for (unsigned number = 1; number <= 5; ++number)
    write(number, number == 3 ? "" : "Printer", "jam", number == 3 ? "x" : "7");
  const BatchResult result = process_claimed();
  CHECK(result.done == 4);
  CHECK(result.retried == 1);
  CHECK(result.source_faults.empty());
  CHECK_THAT(last_error(3), ContainsSubstring(says));
}

TEST_CASE_METHOD(TwoTypes, "what a type's earlier question brought is indexed where its next one fails",
                 "[promise-14]") {
  int calls = 0;
  struct Fetcher final : SourceFetcher {
    int& calls;
    explicit Fetcher(int& count) : calls(count) {}
    [[nodiscard]] std::vector<Document> fetch(pg_conn* /*connection*/, const Uuid& organization_id,
                                              std::string_view source_type,
                                              std::span<const Uuid> source_ids) const override {
      switch (++calls) {
        case 1:
          throw Error(Fault::job, "one of these");
        case 2:
          return {{.source = {organization_id, std::string(source_type), source_ids[0]}, .title = "good"}};
        default:
          throw Error(Fault::outage, "the wiki is down");
      }
    }
  };
  pipeline.sources = std::make_shared<Fetcher>(calls);
  write(1, "a", "b");
  write(2, "a", "b");
  const BatchResult result = process_claimed();
  CHECK(result.done == 1);
  CHECK(result.released == 1);
  REQUIRE(result.source_faults.size() == 1);
  CHECK(result.source_faults[0].source_type == "ticket");
  CHECK_FALSE(result.interruption);
}
