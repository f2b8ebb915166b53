#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/grants.hpp"
#include "ragqueue/related.hpp"
#include "ragqueue/worker.hpp"
#include "support/searchable.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
using testing::Database;
using testing::Searchable;
using testing::uuid;
using testing::WordEmbedder;

namespace {

const std::string insufficient_privilege = "42501";
const std::vector<std::string> tables{"rag_index_queue", "rag_documents", "rag_chunks", "rag_nodes",
                                      "rag_edges"};

/// Two organizations with documents, links and jobs, and a role for each duty, with the rights of `grants`
/// and no others.
struct Tenants : Searchable {
  Tenants() {
    for (const unsigned organization : {1U, 2U}) {
      store({.source = key(organization, organization),
             .title = "paper",
             .links = {{.source_type = "kb", .source_id = uuid(9)}}},
            {"printer paper stuck"});
      enqueue_index(database.get(), {.source = key(organization, 7)});
    }
    database.run("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA " + database.text("SELECT current_schema()") +
                 " FROM PUBLIC");
    for (const auto& [role, duty] :
         std::vector<std::pair<std::string, Duty>>{{"tenant worker", Duty::work},
                                                   {"tenant_enqueuer", Duty::enqueue},
                                                   {"tenant_reader", Duty::read}}) {
      database.run(fmt::format(
          "DO $$ BEGIN CREATE ROLE \"{}\" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$", role));
      for (int repeated = 0; repeated < 2; ++repeated) database.run(grants(database.get(), role, duty));
    }
  }

  [[nodiscard]] std::string conninfo_of(const std::string& role) const {
    return database.conninfo() + " user='" + role + "'";
  }
  [[nodiscard]] Database as(const std::string& role) const { return Database(conninfo_of(role)); }
  [[nodiscard]] Database reader_of(unsigned organization) const {
    Database reader = as("tenant_reader");
    set_organization(reader, organization);
    return reader;
  }
  static void set_organization(const Database& session, unsigned organization) {
    session.run(fmt::format("SET app.current_org = '{}'", uuid(organization).to_string()));
  }
};

std::string sqlstate_of(const Database& session, const std::string& statement) {
  try {
    session.run(statement);
  } catch (const Error& error) {
    return error.sqlstate();
  }
  return "";
}

std::int64_t count(const Database& session, const std::string& table, unsigned organization) {
  return session.number(fmt::format("SELECT count(*) FROM {} WHERE organization_id = '{}'", table,
                                    uuid(organization).to_string()));
}

}  // namespace

TEST_CASE_METHOD(Tenants, "every table that has an organization has row-level security and is tested here",
                 "[promise-13]") {
  CHECK(database.text("SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class AS c JOIN "
                      "pg_attribute AS a ON a.attrelid = c.oid "
                      "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND "
                      "a.attname = 'organization_id' "
                      "AND c.relname LIKE 'rag\\_%' AND c.relrowsecurity") ==
        "rag_chunks rag_documents rag_edges rag_index_queue rag_index_queue_archive rag_nodes");
  CHECK(database.number("SELECT count(*) FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid "
                        "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') "
                        "AND a.attname = 'organization_id' "
                        "AND c.relname LIKE 'rag\\_%' AND NOT c.relrowsecurity") == 0);
}

TEST_CASE_METHOD(Tenants, "the roles are neither superuser nor owner, and pass no row-level security",
                 "[promise-13]") {
  CHECK(
      database.number(
          "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tenant%' AND NOT rolsuper AND NOT rolbypassrls "
          "AND NOT EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid)") == 3);
}

TEST_CASE_METHOD(Tenants, "a reader sees its organization's rows, and of no other, in every table",
                 "[promise-13]") {
  for (const unsigned own : {1U, 2U}) {
    const Database reader = reader_of(own);
    for (const std::string& table : tables) {
      CAPTURE(table, own);
      CHECK(count(reader, table, own) == count(database, table, own));
      CHECK(count(reader, table, own) > 0);
      CHECK(count(reader, table, 3 - own) == 0);
    }
  }
}

TEST_CASE_METHOD(Tenants, "a reader that sets no organization, or one that is none, sees nothing",
                 "[promise-13]") {
  const Database reader = as("tenant_reader");
  for (const char* setting : {"RESET app.current_org", "SET app.current_org = ''",
                              "SET app.current_org = '00000000-0000-4000-8000-000000000077'"}) {
    reader.run(setting);
    for (const std::string& table : tables) CHECK(reader.number("SELECT count(*) FROM " + table) == 0);
  }
  reader.run(
      fmt::format("RESET app.current_org; BEGIN; SET LOCAL app.current_org = '{}'", uuid(1).to_string()));
  CHECK(reader.number("SELECT count(*) FROM rag_documents") == 1);
  reader.run("COMMIT");
  CHECK(reader.number("SELECT count(*) FROM rag_documents") == 0);
  reader.run("SET app.current_org = 'acme'");
  CHECK(sqlstate_of(reader, "SELECT FROM rag_documents") == "22P02");
}

TEST_CASE_METHOD(Tenants, "a reader that set no organization finds what is there, of the one it asks about",
                 "[promise-13]") {
  const Database reader = as("tenant_reader");
  for (const unsigned organization : {1U, 2U}) {
    for (const SearchMode mode : {SearchMode::vector, SearchMode::text, SearchMode::fused}) {
      SearchQuery asked = query(mode, "printer paper");
      asked.organization_id = uuid(organization);
      CHECK(search(reader.get(), asked).size() == 1);
    }
    CHECK(similar(reader.get(), key(organization, organization)).empty());
    CHECK_THROWS_AS(similar(reader.get(), key(organization, 3 - organization)), InvalidInput);
    CHECK(related(reader.get(), key(organization, organization)).size() == 1);
    CHECK_THROWS_AS(related(reader.get(), key(organization, 3 - organization)), InvalidInput);
  }
  CHECK(count(reader, "rag_documents", 1) == 0);  // nothing is left set
  const std::string call = "SELECT count(*) FROM rag_search('" + uuid(1).to_string() + "', 'printer')";
  CHECK(reader.number(call) == 1);
  set_organization(reader, 2);
  CHECK(sqlstate_of(reader, call) == insufficient_privilege);
}

TEST_CASE_METHOD(Tenants,
                 "a reader's search, neighbours and walks stay in the organization that it set, and say so",
                 "[promise-13]") {
  const Database reader = reader_of(1);
  SearchQuery asked = query(SearchMode::text, "printer paper");
  CHECK(search(reader.get(), asked).size() == 1);
  asked.organization_id = uuid(2);
  CHECK_THROWS_WITH(search(reader.get(), asked), ContainsSubstring("app.current_org"));
  CHECK_THROWS_WITH(similar(reader.get(), key(2, 2)), ContainsSubstring("app.current_org"));
  CHECK_THROWS_WITH(related(reader.get(), key(2, 2)), ContainsSubstring("app.current_org"));
  CHECK(search(database.get(), asked).size() == 1);
}

TEST_CASE_METHOD(Tenants, "a transaction of the caller's keeps its own settings", "[promise-13]") {
  const Database reader = as("tenant_reader");
  reader.run("BEGIN; SET LOCAL statement_timeout = '7s'");
  CHECK(search(reader.get(), query(SearchMode::text, "printer paper")).size() == 1);
  CHECK_THROWS_AS(similar(reader.get(), key(1, 77)), InvalidInput);
  CHECK(reader.text("SELECT current_setting('statement_timeout')") == "7s");
  CHECK(reader.text("SELECT current_setting('app.current_org', true)").empty());
  CHECK(reader.text("SELECT current_setting('client_connection_check_interval')") == "0");
  reader.run("COMMIT");
}

TEST_CASE_METHOD(Tenants, "a reader writes nothing", "[promise-13]") {
  const Database reader = reader_of(1);
  for (const std::string& table : tables) {
    for (const std::string& statement :
         {"DELETE FROM " + table, "UPDATE " + table + " SET organization_id = organization_id",
          "INSERT INTO " + table + " DEFAULT VALUES", "TRUNCATE " + table}) {
      CAPTURE(statement);
      CHECK(sqlstate_of(reader, statement) == insufficient_privilege);
    }
  }
  CHECK(sqlstate_of(reader, "SELECT FROM rag_workers") == insufficient_privilege);
}

TEST_CASE_METHOD(Tenants, "who enqueues does so for all, or once it has set an organization for that one",
                 "[promise-13]") {
  const Database enqueuer = as("tenant_enqueuer");
  const auto plain = [](unsigned organization) {
    return fmt::format(
        "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) VALUES ('{}', 'kb', "
        "gen_random_uuid(), 'upsert')",
        uuid(organization).to_string());
  };
  CHECK(sqlstate_of(enqueuer, plain(1)).empty());
  CHECK(sqlstate_of(enqueuer,
                    "SELECT rag_enqueue_index('" + uuid(1).to_string() + "', 'kb', gen_random_uuid())")
            .empty());
  enqueue_index(enqueuer.get(), {.source = key(2, 8)});
  prepare_statements(enqueuer.get());
  enqueue_index(enqueuer.get(), {.source = key(2, 9)});
  CHECK(enqueue_index(enqueuer.get(), std::vector<Request>{{.source = key(1, 8)}, {.source = key(2, 8)}}) ==
        2);
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 2 + 6);

  set_organization(enqueuer, 1);
  CHECK(sqlstate_of(enqueuer, plain(1)).empty());
  CHECK(sqlstate_of(enqueuer, plain(2)) == insufficient_privilege);
  CHECK_THROWS_AS(enqueue_index(enqueuer.get(), {.source = key(2, 8)}), Error);
  CHECK_THROWS_AS(
      enqueue_index(enqueuer.get(), std::vector<Request>{{.source = key(1, 8)}, {.source = key(2, 8)}}),
      Error);
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 2 + 7);
  for (const std::string& table : tables) {
    if (table == "rag_index_queue") continue;
    CHECK(sqlstate_of(enqueuer, "SELECT FROM " + table) == insufficient_privilege);
  }
}

TEST_CASE_METHOD(Tenants, "who enqueues is told the id that its row got, and sees no row of others",
                 "[promise-13]") {
  const Database enqueuer = as("tenant_enqueuer");
  const std::string insert =
      "WITH added AS (INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) VALUES "
      "('{}', 'kb', gen_random_uuid(), 'upsert') {}RETURNING id) SELECT id FROM added";
  for (const char* organization :
       {"RESET app.current_org", "SET app.current_org = '00000000-0000-4000-8000-000000000001'"}) {
    enqueuer.run(organization);
    for (const char* clause : {"", "ON CONFLICT DO NOTHING "}) {
      const auto id =
          pg::execute(enqueuer.get(), fmt::format(fmt::runtime(insert), uuid(1).to_string(), clause));
      REQUIRE(id.rows() == 1);
      CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE id = '" +
                            id.get<Uuid>(0, 0).to_string() + "'") == 1);
    }
  }
  CHECK(sqlstate_of(enqueuer, fmt::format(fmt::runtime(insert), uuid(2).to_string(), "")) ==
        insufficient_privilege);
  CHECK(enqueuer.number("SELECT count(id) FROM rag_index_queue") ==
        database.number("SELECT count(*) FROM rag_index_queue WHERE organization_id = '" +
                        uuid(1).to_string() + "'"));
  enqueuer.run("RESET app.current_org");
  CHECK(enqueuer.number("SELECT count(id) FROM rag_index_queue") == 0);
  for (const char* statement :
       {"SELECT source_id FROM rag_index_queue", "UPDATE rag_index_queue SET priority = 1",
        "DELETE FROM rag_index_queue", "SELECT id FROM rag_index_queue_archive"})
    CHECK(sqlstate_of(enqueuer, statement) == insufficient_privilege);
}

TEST_CASE_METHOD(Tenants,
                 "what a role may enqueue is bounded, and the full row of an older program is in the bounds",
                 "[promise-13]") {
  const Database enqueuer = as("tenant_enqueuer");
  const auto insert = [&](const std::string& columns, const std::string& values) {
    return sqlstate_of(enqueuer,
                       fmt::format("INSERT INTO rag_index_queue (organization_id, source_type, source_id, "
                                   "action{}) VALUES ('{}', 'kb', gen_random_uuid(), 'upsert'{})",
                                   columns, uuid(1).to_string(), values));
  };
  CHECK(insert(", id, priority, status, attempts, created_at, updated_at",
               ", gen_random_uuid(), 5, 'pending', 0, now(), now()")
            .empty());
  CHECK(insert(", priority, status, attempts, created_at, updated_at", ", NULL, NULL, NULL, NULL, NULL")
            .empty());
  CHECK(insert(", priority", ", -2147483648").empty());
  for (const auto& [column, value] :
       std::vector<std::pair<std::string, std::string>>{{"rescues", "2147483647"},
                                                        {"worker_id", "1"},
                                                        {"seq", "9223372036854775807"},
                                                        {"token", "1"},
                                                        {"superseded_by", "gen_random_uuid()"},
                                                        {"status", "'running'"},
                                                        {"status", "'done'"},
                                                        {"status", "'failed'"},
                                                        {"attempts", "2147483647"},
                                                        {"attempts", "-1"},
                                                        {"attempts", "-2147483648"},
                                                        {"created_at", "'infinity'"},
                                                        {"updated_at", "'-infinity'"},
                                                        {"created_at", "'-infinity'"}}) {
    CAPTURE(column, value);
    CHECK(insert(", " + column, ", " + value) == insufficient_privilege);
  }
}

TEST_CASE_METHOD(Tenants,
                 "a role that enqueues may say a moment before which its request is not due, and no more",
                 "[promise-13]") {
  const Database enqueuer = as("tenant_enqueuer");
  enqueuer.run("SET app.current_org = '" + uuid(1).to_string() + "'");
  database.run("DELETE FROM rag_index_queue");
  for (const char* moment : {"'infinity'", "now() + interval '1 hour'"}) {
    enqueuer.run(
        fmt::format("INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, run_at) "
                    "VALUES ('{}', 'kb', "
                    "gen_random_uuid(), 'upsert', {})",
                    uuid(1).to_string(), moment));
  }
  CHECK(database.text("SELECT string_agg(coalesce(isfinite(run_at)::text, 'at once'), ' ' ORDER BY seq) FROM "
                      "rag_index_queue") == "at once true");
}

TEST_CASE_METHOD(Tenants, "no operator of an inserter's own lets in what is no request", "[promise-13]") {
  const Database enqueuer = as("tenant_enqueuer");
  database.run("DROP SCHEMA IF EXISTS evil CASCADE; CREATE SCHEMA evil AUTHORIZATION tenant_enqueuer");
  enqueuer.run(R"sql(
    CREATE FUNCTION evil.yes(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE FUNCTION evil.yes(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE FUNCTION evil.yes(text, text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.yes);
    CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.yes);
    CREATE OPERATOR evil.>= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.yes);
    CREATE OPERATOR evil.<= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.yes))sql");
  const std::string queue = database.text("SELECT current_schema()") + ".rag_index_queue";
  enqueuer.run("SET search_path = evil, pg_catalog, public");
  CHECK(sqlstate_of(enqueuer,
                    fmt::format("INSERT INTO {} (organization_id, source_type, source_id, action, priority) "
                                "VALUES ('{}', 'kb', gen_random_uuid(), 'nonsense', 2000000000)",
                                queue, uuid(1).to_string())) == "23514");
  CHECK(database.number(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND "
            "proname LIKE 'rag\\_%' AND prosqlbody IS NULL AND proname NOT IN ('rag_check_request', "
            "'rag_enqueue_index') AND NOT coalesce(array_to_string(proconfig, ' ') LIKE "
            "'%search_path=%pg_temp%', false)") == 0);
  database.run("DROP SCHEMA evil CASCADE");
}

TEST_CASE_METHOD(
    Tenants, "what runs with the owner's rights serves nobody else, and takes no one's tables for its own",
    "[promise-13]") {
  const Database enqueuer = as("tenant_enqueuer");
  CHECK(sqlstate_of(as("tenant_reader"), "SELECT rag_drop_repeated(ARRAY[gen_random_uuid()])") ==
        insufficient_privilege);
  enqueuer.run(
      "CREATE TEMP TABLE rag_index_queue (id uuid, status text); CREATE TEMP TABLE rag_index_queue_archive "
      "(id "
      "uuid);"
      "INSERT INTO pg_temp.rag_index_queue SELECT gen_random_uuid(), 'pending';"
      "INSERT INTO pg_temp.rag_index_queue_archive SELECT id FROM pg_temp.rag_index_queue;"
      "SELECT rag_drop_repeated(array_agg(id)) FROM pg_temp.rag_index_queue");
  CHECK(enqueuer.number("SELECT count(*) FROM pg_temp.rag_index_queue") == 1);
  CHECK(
      sqlstate_of(enqueuer,
                  "CREATE TRIGGER mine AFTER UPDATE ON pg_temp.rag_index_queue FOR EACH ROW EXECUTE FUNCTION "
                  "rag_reopen()") == insufficient_privilege);
  // A trigger that stands needs no right of whoever sets it off.
  database.run("UPDATE rag_index_queue SET status = 'running', token = 1");
  database.run("SELECT rag_finish(array_agg(id), 'running', 1) FROM rag_index_queue");
  const Database worker = as("tenant worker");
  worker.run("UPDATE rag_index_queue SET status = 'pending'");
  CHECK(database.number("SELECT count(*) FROM ONLY rag_index_queue WHERE status = 'pending'") == 2);
}

TEST_CASE_METHOD(
    Tenants,
    "a worker of least rights indexes for all, and a greedy source query gets its job's organization only",
    "[promise-13]") {
  database.run(fmt::format(R"sql(
    CREATE TABLE notes (organization_id uuid, id uuid, body text);
    INSERT INTO notes VALUES ('{0}', '{2}', 'alpha of one'), ('{0}', '{3}', 'beta of one'), ('{1}', '{2}', 'gamma of two');
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    ALTER TABLE notes FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes USING (organization_id = current_setting('app.current_org')::uuid);
    GRANT SELECT ON notes TO "tenant worker";
    DELETE FROM rag_index_queue)sql",
                           uuid(1).to_string(), uuid(2).to_string(), uuid(20).to_string(),
                           uuid(21).to_string()));
  for (const unsigned organization : {1U, 2U}) {
    enqueue_index(
        database.get(),
        {.source = {.organization_id = uuid(organization), .source_type = "note", .source_id = uuid(20)}});
    enqueue_index(database.get(), {.source = key(organization, organization), .action = Action::remove});
  }
  const std::string greedy =
      "SELECT id, 'note' AS title, (SELECT string_agg(body, ', ' ORDER BY body) FROM notes) AS body FROM "
      "notes WHERE id = ANY ($2)";
  Worker worker({.sources = make_sql_source_fetcher({{.type = "note", .query = greedy}}),
                 .chunker = make_text_chunker({.max_tokens = 60}),
                 .embedder = std::make_shared<WordEmbedder>(),
                 .store = make_postgres_index_store()},
                {.conninfo = conninfo_of("tenant worker"), .drain = true});
  worker.start();
  worker.wait();
  CHECK(worker.counters().done == 4);
  const auto content = [&](unsigned organization) {
    return database.text(
        fmt::format("SELECT string_agg(content, '|') FROM rag_chunks WHERE organization_id = '{}'",
                    uuid(organization).to_string()));
  };
  CHECK(content(1) == "alpha of one, beta of one");
  CHECK(content(2) == "gamma of two");
}

TEST_CASE_METHOD(Tenants, "the organization that a fetch sets is gone with it, also when the query fails",
                 "[promise-13]") {
  const Database worker = as("tenant worker");
  const auto fetch = [&](const std::string& query) {
    return make_sql_source_fetcher({{.type = "note", .query = query}})
        ->fetch(worker.get(), uuid(1), "note", std::vector{uuid(20)});
  };
  const std::string seen =
      "SELECT $2[1] AS id, '' AS title, current_setting('app.current_org') AS body, $1::uuid";
  CHECK(fetch(seen).front().body == uuid(1).to_string());
  CHECK_THROWS_AS(fetch("SELECT 1/0 AS id, $1::uuid, $2::uuid[]"), Error);
  CHECK(pg::idle(worker.get()));
  CHECK(worker.text("current_setting('app.current_org', true)").empty());
}

TEST_CASE_METHOD(Tenants, "a worker's rights end at its tables", "[promise-13]") {
  const Database worker = as("tenant worker");
  database.run("CREATE TABLE salaries ()");
  for (const char* statement : {"SELECT FROM salaries", "TRUNCATE rag_chunks", "DROP TABLE rag_chunks",
                                "ALTER TABLE rag_chunks DISABLE ROW LEVEL SECURITY", "CREATE TABLE mine ()",
                                "DELETE FROM rag_embedder", "DELETE FROM rag_schema"}) {
    CAPTURE(statement);
    CHECK(sqlstate_of(worker, statement) == insufficient_privilege);
  }
}
