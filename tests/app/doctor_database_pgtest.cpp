// What doctor finds in and around a database, each with what to do about it: and that doing it helps.

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "helpdesk.hpp"
#include "program.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;

namespace {

struct Desk : Helpdesk {
  Desk() { REQUIRE(json({"init"}).is_object()); }

  [[nodiscard]] std::string schema() { return text("SELECT current_schema()"); }
  /// Roles belong to the whole server.
  [[nodiscard]] std::string role(const std::string& name, const std::string& options = "LOGIN") {
    const std::string full = name + '_' + schema().substr(schema().size() - 12);
    sql("CREATE ROLE " + full + " " + options);
    sql("GRANT USAGE ON SCHEMA " + schema() + " TO " + full + "; GRANT SELECT ON kb_articles TO " + full);
    return full;
  }
  void grant(const std::string& role, const std::string& duty) {
    sql(json({"grants", role, "--duty", duty}).at("sql").get<std::string>());
  }

  /// The findings of that name which are not ok, as JSON, one a line.
  [[nodiscard]] std::string found(const std::string& check, const std::string& role = "") const {
    std::vector<std::string> arguments{"--database", conninfo() + (role.empty() ? "" : " user=" + role),
                                       "--json", "doctor"};
    const auto outcome = program::run({.arguments = arguments});
    INFO(outcome.errors);
    bool looked = false;
    std::string lines;
    const auto document = nlohmann::json::parse(outcome.output);
    for (const auto& each : document.at("checks")) {
      if (each.at("check") != check) continue;
      looked = true;
      if (each.at("state") != "ok") lines += each.dump() + '\n';
    }
    CHECK(looked);
    return lines;
  }
};

}  // namespace

TEST_CASE_METHOD(Desk, "doctor finds a table that is published and has no replica identity", "[promise-15]") {
  const std::string publication = "p_" + schema();
  sql("ALTER TABLE rag_index_queue_archive REPLICA IDENTITY FULL");
  sql("CREATE PUBLICATION " + publication + " FOR TABLES IN SCHEMA " + schema());
  CHECK(found("publications").empty());
  sql("ALTER TABLE rag_index_queue_archive REPLICA IDENTITY NOTHING; ALTER TABLE rag_documents REPLICA "
      "IDENTITY NOTHING");
  CHECK_THAT(found("publications"), ContainsSubstring("fault") && ContainsSubstring("rag_documents") &&
                                        ContainsSubstring("REPLICA IDENTITY FULL") &&
                                        ContainsSubstring("rag_index_queue_archive"));
  sql("ALTER PUBLICATION " + publication + " SET (publish = 'insert')");
  CHECK(found("publications").empty());
  sql("DROP PUBLICATION " + publication);
}

TEST_CASE_METHOD(Desk, "doctor finds a unique index on the queue", "[promise-15]") {
  CHECK(found("unique indexes").empty());
  sql("CREATE UNIQUE INDEX once_only ON rag_index_queue (organization_id, source_type, source_id) WHERE "
      "status = 'pending'");
  CHECK_THAT(found("unique indexes"), ContainsSubstring("once_only") && ContainsSubstring("DROP INDEX"));
}

TEST_CASE_METHOD(Desk, "doctor finds own columns that came or went since init", "[promise-15]") {
  sql("ALTER TABLE rag_index_queue ADD COLUMN reason text, ADD COLUMN doubled integer GENERATED ALWAYS AS "
      "(priority * 2) STORED");
  CHECK_THAT(found("columns"), ContainsSubstring("new columns") && ContainsSubstring("reason") &&
                                   ContainsSubstring("rag_worker init") && !ContainsSubstring("doubled"));
  REQUIRE(json({"init"}).is_object());
  CHECK(found("columns").empty());
  sql("ALTER TABLE rag_index_queue DROP COLUMN reason");
  CHECK_THAT(found("columns"), ContainsSubstring("lost columns") && ContainsSubstring("reason"));
  CHECK_THAT(found("functions"), ContainsSubstring("reason"));
  REQUIRE(json({"init"}).is_object());
  CHECK(found("columns").empty());
  CHECK(found("functions").empty());
}

TEST_CASE_METHOD(Desk, "doctor finds a trigger and a foreign key that need finished jobs in place",
                 "[promise-15]") {
  CHECK(found("triggers").empty());
  sql("CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'");
  sql("CREATE TRIGGER harmless AFTER INSERT ON rag_index_queue FOR EACH ROW EXECUTE FUNCTION told()");
  CHECK(found("triggers").empty());
  sql("CREATE TRIGGER tell AFTER UPDATE OF status ON rag_index_queue FOR EACH ROW EXECUTE FUNCTION told()");
  sql("CREATE TABLE receipts (job uuid REFERENCES rag_index_queue)");
  CHECK_THAT(found("triggers"), ContainsSubstring("trigger tell") && ContainsSubstring("of receipts") &&
                                    ContainsSubstring("rag_worker init"));
}

TEST_CASE_METHOD(Desk, "doctor finds a database or role that is read-only", "[promise-15]") {
  const std::string r = role("reads_only");
  grant(r, "work");
  CHECK(found("writable", r).empty());
  sql("ALTER ROLE " + r + " SET default_transaction_read_only = on");
  CHECK_THAT(found("writable", r),
             ContainsSubstring("fault") && ContainsSubstring("set by: user") && ContainsSubstring("RESET"));
}

TEST_CASE_METHOD(Desk, "doctor finds sequences that stand behind what they gave", "[promise-15]") {
  REQUIRE(json({"enqueue", org, "kb", wifi}).contains("id"));
  REQUIRE(json({"run", "--drain"}).at("done") == 1);
  CHECK(found("sequences").empty());
  sql("SELECT setval('rag_claim_token', 1, false); UPDATE rag_index_queue_archive SET seq = 1000");
  const std::string behind = found("sequences");
  CHECK_THAT(behind, ContainsSubstring("rag_claim_token") && ContainsSubstring("rag_index_queue_seq") &&
                         ContainsSubstring(", 1000)"));
  sql("SELECT setval('rag_index_queue_seq', 1000), setval('rag_claim_token', 100)");
  CHECK(found("sequences").empty());
}

TEST_CASE_METHOD(Desk, "doctor finds roles that may use the queue and would see nothing of it",
                 "[promise-15]") {
  CHECK(found("roles").find(schema().substr(schema().size() - 12)) == std::string::npos);
  const std::string dashboard = role("dashboard");
  sql("GRANT SELECT ON rag_index_queue TO " + dashboard);
  const std::string janitor = role("janitor");
  sql("GRANT SELECT, DELETE ON rag_index_queue TO " + janitor);
  const std::string bypassing = role("bypassing", "LOGIN BYPASSRLS");
  sql("GRANT SELECT ON rag_index_queue TO " + bypassing);
  const std::string granted = role("granted");
  grant(granted, "work");
  grant(granted, "read");
  const std::string roles = found("roles");
  CHECK_THAT(roles, ContainsSubstring("note") && ContainsSubstring("the role " + dashboard + " may select") &&
                        ContainsSubstring("grants " + dashboard + " --duty monitor") &&
                        ContainsSubstring("the role " + janitor + " may select, delete") &&
                        ContainsSubstring("grants " + janitor + " --duty work") &&
                        !ContainsSubstring(bypassing) && !ContainsSubstring(granted));
  grant(dashboard, "monitor");
  CHECK(found("roles").find(dashboard) == std::string::npos);
  sql("GRANT SELECT ON rag_index_queue TO PUBLIC");
  CHECK_THAT(found("roles"), ContainsSubstring("every role may select") && ContainsSubstring("REVOKE") &&
                                 !ContainsSubstring(dashboard));
}

TEST_CASE_METHOD(Desk, "doctor finds policies that were left over, and functions whose owner lost the tables",
                 "[promise-15]") {
  const std::string r = role("former");
  grant(r, "work");
  CHECK(found("policies").empty());
  sql("REVOKE ALL ON rag_documents FROM " + r);
  CHECK_THAT(found("policies"), ContainsSubstring("rag_work_" + r) && ContainsSubstring("rag_documents") &&
                                    ContainsSubstring("DROP POLICY"));

  const std::string owner = role("old_owner");
  sql("GRANT ALL ON SCHEMA " + schema() + " TO " + owner);
  sql("ALTER FUNCTION rag_drop_repeated(uuid[]) OWNER TO " + owner);
  CHECK_THAT(found("functions' owners"),
             ContainsSubstring("rag_drop_repeated") && ContainsSubstring("OWNER TO"));
}

TEST_CASE_METHOD(Desk,
                 "doctor says when the application's row-level security does not bind the worker's role",
                 "[promise-15]") {
  sql("ALTER TABLE kb_articles ENABLE ROW LEVEL SECURITY");
  CHECK_THAT(found("application's row-level security"),
             ContainsSubstring("kb_articles") && ContainsSubstring("is superuser"));
  const std::string r = role("bound");
  grant(r, "work");
  CHECK(found("application's row-level security", r).empty());
  sql("ALTER ROLE " + r + " BYPASSRLS");
  CHECK_THAT(found("application's row-level security", r), ContainsSubstring("has BYPASSRLS"));
  sql("ALTER ROLE " + r + " NOBYPASSRLS; ALTER TABLE kb_articles OWNER TO " + r);
  CHECK_THAT(found("application's row-level security", r),
             ContainsSubstring("owns them") && ContainsSubstring("FORCE ROW LEVEL SECURITY"));
  sql("ALTER TABLE kb_articles FORCE ROW LEVEL SECURITY");
  CHECK(found("application's row-level security", r).empty());
}

TEST_CASE_METHOD(Desk, "doctor calls the schema's functions as the role that it runs as", "[promise-15]") {
  const std::string r = role("caller");
  grant(r, "work");
  CHECK(found("functions", r).empty());
  sql("ALTER FUNCTION rag_finish SET search_path = pg_catalog");
  CHECK_THAT(found("functions", r), ContainsSubstring("fault") && ContainsSubstring("does not exist") &&
                                        ContainsSubstring("rag_worker init"));
  REQUIRE(json({"init"}).is_object());
  CHECK(found("functions", r).empty());
}

TEST_CASE_METHOD(Desk, "doctor finds a source query that reads a large table whole", "[promise-15]") {
  sql("INSERT INTO kb_articles SELECT gen_random_uuid(), gen_random_uuid(), 't', 'c', 'public' FROM "
      "generate_series(1, 20000); ANALYZE kb_articles");
  CHECK(found("source kb").empty());
  sql("ALTER TABLE kb_articles DROP CONSTRAINT kb_articles_pkey");
  CHECK_THAT(found("source kb"), ContainsSubstring("note") && ContainsSubstring("reads all of kb_articles") &&
                                     ContainsSubstring("CREATE INDEX ON kb_articles"));
  sql("CREATE INDEX ON kb_articles (organization_id)");
  CHECK(found("source kb").empty());
}

TEST_CASE_METHOD(
    Desk, "doctor says that texts may not fit a database that is not in UTF-8, and by how much clocks differ",
    "[promise-15]") {
  CHECK(found("clock").empty());
  CHECK(found("encoding").empty());
  const std::string name = "latin_" + schema();
  sql("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
  const std::string latin = conninfo() + " dbname=" + name;
  const auto init = program::run({.arguments = {"--database", latin, "init"}});
  INFO(init.errors);
  REQUIRE(init.exit_code == 0);
  const auto outcome = program::run({.arguments = {"--database", latin, "doctor"}});
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, ContainsSubstring("note     encoding: the database is in LATIN1"));
}
