#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "helpdesk.hpp"
#include "ragqueue/enqueue.hpp"

using namespace ragqueue;
using testing::Helpdesk;
using testing::ticket;
using testing::uuid;

TEST_CASE_METHOD(Helpdesk, "the index follows the sources: unchanged, changed, deleted, written again",
                 "[promise-3]") {
  write(1, "Printer", "jam");
  write(2, "Mouse", "squeaks");
  drain();
  const std::string both = "Mouse:squeaks, Printer:jam";
  REQUIRE(index() == both);

  enqueue_index(database.get(), std::vector{ticket(1), ticket(2)});
  drain();
  CHECK(index() == both);

  write(1, "Printer", "on fire");
  drain();
  CHECK(index() == "Mouse:squeaks, Printer:on fire");

  erase(2);
  drain();
  CHECK(index() == "Printer:on fire");

  write(2, "Mouse", "gone quiet");
  drain();
  CHECK(index() == "Mouse:gone quiet, Printer:on fire");
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE status <> 'done'") == 0);
}

TEST_CASE_METHOD(Helpdesk,
                 "only what the query returns is indexed: a reopened ticket leaves, a resolved one comes") {
  pipeline.sources = make_sql_source_fetcher(
      {{.type = "ticket",
        .query = "SELECT id, subject AS title, description AS body FROM tickets "
                 "WHERE organization_id = $1 AND id = ANY ($2) AND status = 'resolved'"}});
  write(1, "Printer", "jam", "open");
  drain();
  CHECK(index() == "NULL");
  write(1, "Printer", "jam", "resolved");
  drain();
  CHECK(index() == "Printer:jam");
  write(1, "Printer", "jam", "reopened");
  drain();
  CHECK(index() == "NULL");
}

TEST_CASE_METHOD(Helpdesk, "a deleted source is not brought back by a slower upsert") {
  write(1, "Printer", "jam");
  // The row is deleted, and its removal asked for, while the upsert is being embedded.
  embedder->before_call = [this](auto) {
    embedder->before_call = {};
    erase(1);
  };
  WorkerOptions one_consumer = options();
  one_consumer.concurrency = 1;
  drain(one_consumer);
  CHECK(index() == "NULL");
  CHECK(statuses() == "done done");
}

TEST_CASE_METHOD(
    Helpdesk, "an edit made while its source is being embedded leads to exactly one later run that sees it") {
  write(1, "Printer", "old");
  int runs = 0;
  embedder->before_call = [&](auto) {
    if (++runs == 1) {
      write(1, "Printer", "newer");
      write(1, "Printer", "newest");
    }
  };
  WorkerOptions one_consumer = options();
  one_consumer.concurrency = 1;
  drain(one_consumer);
  CHECK(runs == 2);
  CHECK(index() == "Printer:newest");
}

TEST_CASE_METHOD(
    Helpdesk,
    "two workers with four consumers each: 20,000 jobs, each done once, the index equal to the sources") {
  constexpr unsigned count = 20'000;
  database.run("INSERT INTO tickets SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '" +
               uuid(1).to_string() +
               "', 'ticket ' || n, 'description number ' || n, NULL, 'open' FROM generate_series(1, " +
               std::to_string(count) + ") AS n");
  std::vector<Request> requests;
  for (unsigned number = 1; number <= count; ++number) requests.push_back(ticket(number));
  enqueue_index(database.get(), requests);
  // Counts every acknowledgement, in the database itself.
  database.run(
      "CREATE TABLE runs (id uuid); CREATE FUNCTION count_run() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN INSERT INTO runs VALUES (new.id); RETURN NULL; END $$;"
      "CREATE TRIGGER count_run AFTER INSERT ON rag_index_queue_archive FOR EACH ROW EXECUTE FUNCTION "
      "count_run()");
  WorkerOptions four_consumers = options();
  four_consumers.concurrency = 4;
  four_consumers.batch = 50;
  Worker first(pipeline, four_consumers);
  Worker second(pipeline, four_consumers);
  first.start();
  second.start();
  first.wait();
  second.wait();
  CHECK(first.counters().done + second.counters().done == count);
  CHECK(database.number("SELECT count(*) FROM runs") == count);
  CHECK(database.number("SELECT count(DISTINCT id) FROM runs") == count);
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE status <> 'done' OR attempts <> 0") == 0);
  CHECK(database.number(
            "SELECT count(*) FROM tickets t FULL JOIN (SELECT source_id, title, content FROM rag_documents d "
            "JOIN rag_chunks c "
            "ON c.organization_id = d.organization_id AND c.document_id = d.id) AS indexed ON "
            "indexed.source_id = t.id "
            "WHERE (t.subject, t.description) IS DISTINCT FROM (indexed.title, indexed.content)") == 0);
}
