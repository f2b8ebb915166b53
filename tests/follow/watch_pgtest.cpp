#include <catch2/catch_test_macros.hpp>
#include <string>

#include "follow/watched_desk.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using testing::WatchedDesk;

namespace {

struct FollowedDesk : WatchedDesk {
  FollowedDesk() {
    database.run(
        "INSERT INTO tickets (id, org, subject, status) VALUES (1, 10, 'one', 'resolved'), (2, 10, 'two', "
        "'open'), "
        "(3, 20, 'three', 'resolved')");
    follow();
  }
};

}  // namespace

TEST_CASE_METHOD(FollowedDesk,
                 "rows that come, change or go are asked for, as far as the condition lets them in") {
  CHECK(asked_by("INSERT INTO tickets (id, org, subject, status) VALUES (4, 10, 'x', 'resolved'), (5, 10, "
                 "'y', 'open')") == "10/4");
  CHECK(asked_by("UPDATE tickets SET subject = subject || '!'") == "10/1 10/4 20/3");
  CHECK(asked_by("DELETE FROM tickets WHERE id IN (4, 5)") == "10/4");
}

TEST_CASE_METHOD(FollowedDesk, "a change of what nobody reads asks for nothing") {
  CHECK(asked_by("UPDATE tickets SET views = views + 1").empty());
  CHECK(asked_by("UPDATE tickets SET subject = subject, resolution = resolution").empty());
  CHECK(asked_by("UPDATE tickets SET subject = 'other' WHERE status = 'open'").empty());
}

TEST_CASE_METHOD(FollowedDesk, "what the condition lets in, and what it no longer does, is asked for") {
  CHECK(asked_by("UPDATE tickets SET status = 'resolved' WHERE id = 2") == "10/2");
  CHECK(asked_by("UPDATE tickets SET status = 'open' WHERE id = 2") == "10/2");
}

TEST_CASE_METHOD(FollowedDesk, "a row that moves is asked for where it was and where it is") {
  CHECK(asked_by("UPDATE tickets SET org = 30 WHERE id = 1") == "10/1 30/1");
  CHECK(asked_by("UPDATE tickets SET id = 100 WHERE id = 1") == "30/1 30/100");
  CHECK(asked_by("UPDATE tickets SET id = 200, subject = 's' WHERE id = 3") == "20/3 20/200");
}

TEST_CASE_METHOD(FollowedDesk, "one statement asks once for each row, however many it writes") {
  CHECK(
      asked_by(
          "INSERT INTO tickets (id, org, subject) SELECT i, 10, 'bulk' FROM generate_series(1001, 1300) AS i")
          .size() == 300 * 8 - 1);
  CHECK(asked_by("INSERT INTO tickets (id, org, subject) VALUES (1, 10, 'new'), (7, 10, 'seven') ON CONFLICT "
                 "(id) DO UPDATE "
                 "SET subject = excluded.subject") == "10/1 10/7");
  CHECK(asked_by("INSERT INTO tickets (id, org, subject) VALUES (1, 10, 'other') ON CONFLICT DO NOTHING")
            .empty());
  CHECK(asked_by("WITH gone AS (DELETE FROM tickets WHERE id = 7 RETURNING *) UPDATE tickets SET subject = "
                 "gone.subject "
                 "FROM gone WHERE tickets.id = 1") == "10/1 10/7");
  CHECK(asked_by("MERGE INTO tickets AS t USING (VALUES (1, 'merged'), (8, 'eight')) AS n (id, subject) ON "
                 "t.id = n.id "
                 "WHEN MATCHED THEN UPDATE SET subject = n.subject "
                 "WHEN NOT MATCHED THEN INSERT (id, org, subject) VALUES (n.id, 10, n.subject)") ==
        "10/1 10/8");
}

TEST_CASE_METHOD(FollowedDesk, "a request belongs to the transaction that changed the row") {
  CHECK(asked_by("BEGIN; UPDATE tickets SET subject = 'undone' WHERE id = 1; ROLLBACK").empty());
  CHECK(asked_by("BEGIN; SAVEPOINT s; UPDATE tickets SET subject = 'undone' WHERE id = 1; ROLLBACK TO s; "
                 "UPDATE tickets SET "
                 "subject = 'kept' WHERE id = 3; COMMIT") == "20/3");
}

TEST_CASE_METHOD(FollowedDesk,
                 "a change of a table that a source depends on asks for the row that it names") {
  CHECK(asked_by("INSERT INTO comments (ticket_id, text) VALUES (1, 'first'), (1, 'second'), (2, 'of an open "
                 "one'), (NULL, '')") == "10/1");
  CHECK(asked_by("UPDATE comments SET likes = likes + 1").empty());
  CHECK(asked_by("UPDATE comments SET text = 'edited' WHERE text = 'first'") == "10/1");
  CHECK(asked_by("UPDATE comments SET ticket_id = 3 WHERE text = 'second'") == "10/1 20/3");
  CHECK(asked_by("DELETE FROM comments WHERE ticket_id = 3") == "20/3");
}

TEST_CASE_METHOD(FollowedDesk, "what a foreign key cascades to is followed") {
  database.run("INSERT INTO comments (ticket_id, text) VALUES (1, 'first'), (3, 'third')");
  CHECK(asked_by("DELETE FROM tickets WHERE id = 3") == "20/3");
  database.run(
      "CREATE TABLE orgs (id integer PRIMARY KEY); INSERT INTO orgs VALUES (10), (20), (40);"
      "ALTER TABLE tickets ADD FOREIGN KEY (org) REFERENCES orgs ON UPDATE CASCADE ON DELETE CASCADE");
  CHECK(asked_by("UPDATE orgs SET id = 50 WHERE id = 10") == "10/1 50/1");
  CHECK(asked_by("DELETE FROM orgs WHERE id = 50") == "50/1");
}

TEST_CASE_METHOD(FollowedDesk, "after TRUNCATE all that is indexed, waits or runs is asked for") {
  database.run(
      "INSERT INTO rag_documents (organization_id, source_type, source_id) VALUES (rag_uuid(10), 'ticket', "
      "rag_uuid(1)), "
      "(rag_uuid(10), 'kb', rag_uuid(9))");
  CHECK(asked_by("TRUNCATE tickets, comments") == "10/1 10/1");
  database.run("DELETE FROM rag_documents");
  CHECK(asked_by("INSERT INTO tickets (id, org) VALUES (6, 10); TRUNCATE comments") == "10/6 10/6");
}

TEST_CASE_METHOD(WatchedDesk, "partitions are followed, whichever table a statement names") {
  database.run(R"sql(
    DROP TABLE comments;
    DROP TABLE tickets;
    CREATE TABLE tickets (id bigint, org integer, subject text, description text, resolution text, status text DEFAULT 'resolved')
      PARTITION BY RANGE (id);
    CREATE TABLE tickets_low PARTITION OF tickets FOR VALUES FROM (0) TO (100);
    CREATE TABLE tickets_high PARTITION OF tickets FOR VALUES FROM (100) TO (200) PARTITION BY LIST (org);
    CREATE TABLE tickets_high_rest PARTITION OF tickets_high DEFAULT)sql");
  source.depends.clear();
  follow();
  CHECK(asked_by("INSERT INTO tickets (id, org, subject) VALUES (1, 10, 'low'), (101, 10, 'high')") ==
        "10/1 10/101");
  CHECK(asked_by("INSERT INTO tickets_low (id, org, subject) VALUES (2, 10, 'low')") == "10/2");
  CHECK(asked_by("UPDATE tickets_high_rest SET subject = 'changed'") == "10/101");
  CHECK(asked_by("UPDATE tickets SET id = 102 WHERE id = 2") == "10/2 10/102");
  CHECK(asked_by("DELETE FROM tickets") == "10/1 10/101 10/102");
  CHECK(differences().empty());

  database.run("CREATE TABLE tickets_more PARTITION OF tickets FOR VALUES FROM (200) TO (300)");
  CHECK(asked_by("INSERT INTO tickets (id, org, subject) VALUES (201, 10, 'more')") == "10/201");
  REQUIRE(differences().size() == 1);
  CHECK(differences()[0].message.find("tickets_more has not all of its triggers") != std::string::npos);
  follow();
  CHECK(differences().empty());
}

TEST_CASE_METHOD(WatchedDesk, "columns of any type are compared, and keys of any kind found") {
  database.run(R"sql(
    DROP TABLE comments;
    DROP TABLE tickets;
    CREATE TYPE mood AS ENUM ('calm', 'angry');
    CREATE TABLE tickets (id varchar(20) PRIMARY KEY, org text, "Sub ject" text, j json, p point, x xml, m mood, a text[], status text DEFAULT 'resolved'))sql");
  source.depends.clear();
  source.title = "Sub ject";
  source.body = {"j", "p", "x"};
  source.metadata = {"m", "a"};
  follow();
  CHECK(
      asked_by(
          "INSERT INTO tickets VALUES ('INC-1', 'acme', 'one', '{\"a\": 1}', '(1,2)', '<a/>', 'calm', '{x}')")
          .ends_with("/INC-1"));
  for (const std::string change : {R"(j = '{"a": 2}')", "p = '(3,4)'", "x = '<b/>'", "m = 'angry'",
                                   "a = '{y}'", "\"Sub ject\" = 'other'"})
    CHECK(asked_by("UPDATE tickets SET " + change).ends_with("/INC-1"));
  CHECK(asked_by("UPDATE tickets SET j = j, p = p, x = x, m = m, a = a").empty());
  CHECK(database.text("SELECT key FROM rag_source_keys") == "INC-1");
}

TEST_CASE_METHOD(FollowedDesk,
                 "a writer needs no right on ragqueue's tables, and is not kept by row-level security") {
  const std::string schema = database.text("SELECT current_schema()");
  database.run(
      "CREATE ROLE desk_writer; GRANT USAGE ON SCHEMA " + schema +
      " TO desk_writer; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON tickets, comments TO desk_writer");
  CHECK(asked_by("SET ROLE desk_writer; SET app.current_org = '0a000000-0000-4000-8000-000000000001'; UPDATE "
                 "tickets SET subject = 'w' WHERE "
                 "id = 1; INSERT INTO comments (ticket_id, text) VALUES (3, 'w'); RESET ROLE; RESET "
                 "app.current_org") == "10/1 20/3");
  database.run("SET ROLE desk_writer; TRUNCATE comments; RESET ROLE");
  database.run("DROP OWNED BY desk_writer; DROP ROLE desk_writer");
}

TEST_CASE_METHOD(
    FollowedDesk,
    "a column that is renamed or dropped stops no writer, and loses no change as long as the key is there") {
  database.run("ALTER TABLE tickets RENAME COLUMN resolution TO solution");
  CHECK(asked_by("UPDATE tickets SET solution = 'found' WHERE id = 1") == "10/1");
  CHECK(asked_by("UPDATE tickets SET views = 1 WHERE id = 3") == "20/3");
  CHECK(asked_by("INSERT INTO tickets (id, org) VALUES (8, 10)") == "10/8");
  CHECK(asked_by("DELETE FROM tickets WHERE id = 8") == "10/8");
  CHECK_FALSE(differences().empty());

  database.run("ALTER TABLE tickets RENAME COLUMN org TO tenant");
  CHECK(asked_by("UPDATE tickets SET subject = 'unseen' WHERE id = 1").empty());
  CHECK(asked_by("INSERT INTO comments (ticket_id, text) VALUES (1, 'unseen')").empty());
  CHECK(database.number("SELECT count(*) FROM rag_watch_faults") == 2);
  source.organization = "tenant";
  source.body = {"description", "solution"};
  follow();
  CHECK(differences().empty());
  CHECK(asked_by("UPDATE tickets SET subject = 'seen' WHERE id = 1") == "10/1");
}

TEST_CASE_METHOD(FollowedDesk,
                 "a session that replicates asks for nothing, as PostgreSQL has it for all triggers") {
  database.run("SET session_replication_role = replica");
  CHECK(asked_by("UPDATE tickets SET subject = 'replicated' WHERE id = 1").empty());
  database.run("RESET session_replication_role");
}
