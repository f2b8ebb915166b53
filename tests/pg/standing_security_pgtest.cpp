// Every table, column, sequence, function and policy of the schema, as the catalog lists them, tried as every
// role and organization: what is added to the schema is tried too, and fails here until it is guarded.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/grants.hpp"
#include "support/searchable.hpp"

using namespace ragqueue;
using testing::Database;
using testing::Searchable;
using testing::uuid;

namespace {

const std::string refused = "42501";

struct Role {
  std::string name;
  std::optional<Duty> duty;
};

const std::array roles{Role{"standing_work", Duty::work},     Role{"standing_enqueue", Duty::enqueue},
                       Role{"standing_read", Duty::read},     Role{"standing_monitor", Duty::monitor},
                       Role{"standing_backup", Duty::backup}, Role{"standing_none", std::nullopt}};

/// Rows of two organizations in every table, jobs in every status, and a role for each duty.
struct Schema : Searchable {
  Schema() {
    for (const unsigned organization : {1U, 2U}) fill(organization);
    database.run("INSERT INTO rag_workers (host, pid, lease) VALUES ('here', 1, '1 hour')");
    for (const Role& role : roles) {
      database.run("DROP ROLE IF EXISTS " + role.name + "; CREATE ROLE " + role.name + " LOGIN");
      if (!role.duty) continue;
      const std::string statements = grants(database.get(), role.name, *role.duty);
      database.run(
          statements.substr(0, statements.find("\nDO ")));  // without BYPASSRLS: the policies are to be tried
    }
    database.run("GRANT USAGE ON SCHEMA " + home() + " TO standing_none");
  }
  ~Schema() {
    for (const Role& role : roles) database.run("DROP OWNED BY " + role.name + "; DROP ROLE " + role.name);
  }
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  void fill(unsigned organization) const {
    store({.source = key(organization, organization),
           .title = "paper",
           .links = {{.source_type = "kb", .source_id = uuid(9)}}},
          {"printer paper stuck"});
    for (const unsigned source : {11U, 12U, 13U})
      enqueue_index(database.get(), {.source = key(organization, source)});
    const std::string of = fmt::format("organization_id = '{}'", uuid(organization).to_string());
    database.run(
        "UPDATE rag_index_queue SET status = 'running', token = 1, last_error = 'quotes a text' WHERE "
        "right(source_id::text, 1) IN ('2', '3') AND " +
        of);
    database.run(
        "SELECT rag_finish(array_agg(id), 'running', 1, 'failed') FROM rag_index_queue WHERE status = "
        "'running' AND " +
        of);
  }

  [[nodiscard]] std::string home() const { return database.text("SELECT quote_ident(current_schema())"); }
  [[nodiscard]] std::vector<std::string> list(const std::string& query) const {
    std::vector<std::string> names;
    const pg::Result rows = pg::execute(database.get(), query);
    for (int row = 0; row < rows.rows(); ++row) names.push_back(rows.get<std::string>(row, 0));
    return names;
  }
  [[nodiscard]] std::vector<std::string> tables() const {
    return list(
        "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind "
        "IN ('r', 'p', 'v', 'm') ORDER BY 1");
  }
  [[nodiscard]] std::vector<std::string> columns(const std::string& table) const {
    return list(
        fmt::format("SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '{}'::regclass AND "
                    "attnum > 0 AND NOT attisdropped",
                    table));
  }
  [[nodiscard]] bool has_tenants(const std::string& table) const {
    return std::ranges::count(columns(table), "organization_id") == 1;
  }
  /// Those that an UPDATE may name at all.
  [[nodiscard]] std::vector<std::string> settable_columns(const std::string& table) const {
    return list(
        fmt::format("SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '{}'::regclass AND "
                    "attnum > 0 AND NOT "
                    "attisdropped AND attidentity <> 'a' AND attgenerated = ''",
                    table));
  }
  /// As that role, for that organization; 0: none is set.
  [[nodiscard]] Database as(const Role& role, unsigned organization) const {
    Database session(database.conninfo() + " user=" + role.name);
    if (organization != 0)
      session.run(fmt::format("SET app.current_org = '{}'", uuid(organization).to_string()));
    return session;
  }
  /// Of all rows of all tables.
  [[nodiscard]] std::string fingerprint() const {
    std::string all;
    for (const std::string& table : tables())
      all += database.text(fmt::format(
          "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM ONLY {} AS t", table));
    return all;
  }
};

/// What the statement was answered: rows, or the SQLSTATE.
struct Reply {
  std::int64_t rows = 0;
  std::string sqlstate{};
};

Reply ask(const Database& session, const std::string& statement) {
  try {
    return {.rows = pg::execute(session.get(), statement).rows()};
  } catch (const Error& error) {
    return {.sqlstate = error.sqlstate()};
  }
}

/// Tables without a tenant's rows, and the keys that only workers read.
const std::set<std::string> of_everyone{"rag_schema",  "rag_embedder",    "rag_workers",
                                        "rag_adopted", "rag_source_keys", "rag_watch_faults"};

}  // namespace

TEST_CASE_METHOD(
    Schema, "every table of the schema is known here, and has row-level security where it has tenants' rows",
    "[promise-13]") {
  const auto unguarded = [this] {
    std::vector<std::string> names;
    for (const std::string& table : tables()) {
      const bool guarded =
          database.text(fmt::format("SELECT relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid "
                                    "= c.oid AND polcmd = 'r' AND 0 = ANY "
                                    "(polroles)) FROM pg_class AS c WHERE oid = '{}'::regclass",
                                    table)) == "true";
      if (has_tenants(table) ? !guarded : !of_everyone.contains(table)) names.push_back(table);
    }
    return names;
  };
  CHECK(unguarded() == std::vector<std::string>{});
  for (const std::string& table : tables()) {
    CAPTURE(table);
    for (const unsigned organization : {1U, 2U}) {
      if (has_tenants(table))
        CHECK(database.number(fmt::format("SELECT count(*) FROM ONLY {} WHERE organization_id = '{}'", table,
                                          uuid(organization).to_string())) > 0);
    }
  }
  database.run(
      "CREATE TABLE rag_later (organization_id uuid, body text); CREATE TABLE rag_settings (name text)");
  CHECK(unguarded() == std::vector<std::string>{"rag_later", "rag_settings"});
}

TEST_CASE_METHOD(
    Schema,
    "a policy for everyone shows the session's own organization; one that shows all is for named roles",
    "[promise-13]") {
  const auto open = list(
      "SELECT format('%s on %s', polname, polrelid::regclass) FROM pg_policy JOIN pg_class AS c ON c.oid = "
      "polrelid WHERE c.relnamespace = "
      "current_schema()::regnamespace AND 0 = ANY (polroles) AND NOT (coalesce(pg_get_expr(polqual, "
      "polrelid), '') || "
      "coalesce(pg_get_expr(polwithcheck, polrelid), '') LIKE '%rag_current_organization()%')");
  CHECK(open == std::vector<std::string>{});
}

TEST_CASE_METHOD(Schema,
                 "no role reads another organization's rows, but work, monitor and backup, whose duty it is",
                 "[promise-13]") {
  for (const Role& role : roles) {
    for (const unsigned organization : {0U, 1U, 2U, 77U}) {
      const Database session = as(role, organization);
      for (const std::string& table : tables()) {
        for (const std::string& column : columns(table)) {
          CAPTURE(role.name, organization, table, column);
          const bool sees_all =
              role.duty == Duty::work || role.duty == Duty::monitor || role.duty == Duty::backup;
          const Reply reply = ask(session, fmt::format("SELECT {} FROM {}", column, table));
          CHECK((reply.sqlstate.empty() || reply.sqlstate == refused));
          if (role.duty == Duty::backup || (role.duty == Duty::work && has_tenants(table)))
            CHECK(reply.sqlstate.empty());
          if (!role.duty) CHECK(reply.sqlstate == refused);
          if (!reply.sqlstate.empty() || !has_tenants(table)) continue;
          const std::string others =
              organization == 0 ? "true"
                                : fmt::format("organization_id <> '{}'", uuid(organization).to_string());
          const std::int64_t foreign =
              database.number(fmt::format("SELECT count(*) FROM {} WHERE {}", table, others));
          const Reply all = ask(database, fmt::format("SELECT FROM {}", table));
          CHECK(reply.rows == (sees_all ? all.rows : all.rows - foreign));
        }
      }
    }
  }
}

TEST_CASE_METHOD(Schema, "whoever monitors reads no column that holds a tenant's text", "[promise-13]") {
  const std::set<std::string> harmless{"source_type",     "action",          "status", "host",
                                       "embedder_answer", "waiting_sources", "name",   "entered_by",
                                       "relation",        "message"};
  const Database session = as(roles[3], 0);
  REQUIRE(roles[3].duty == Duty::monitor);
  for (const std::string& table : tables()) {
    for (const std::string& column :
         list(fmt::format("SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '{}'::regclass AND "
                          "attnum > 0 AND NOT attisdropped AND "
                          "atttypid::regtype::text NOT IN ('uuid', 'integer', 'bigint', 'boolean', "
                          "'interval', 'double precision', 'timestamp with time zone')",
                          table))) {
      CAPTURE(table, column);
      if (!harmless.contains(column))
        CHECK(ask(session, fmt::format("SELECT {} FROM {}", column, table)).sqlstate == refused);
    }
  }
}

TEST_CASE_METHOD(Schema,
                 "only work changes rows; only enqueue and work add any, in the organization that is set",
                 "[promise-13]") {
  const std::string before = fingerprint();
  for (const Role& role : roles) {
    if (role.duty == Duty::work) continue;
    for (const unsigned organization : {0U, 1U}) {
      const Database session = as(role, organization);
      for (const std::string& table : tables()) {
        CAPTURE(role.name, organization, table);
        for (const std::string& column : settable_columns(table))
          CHECK(ask(session, fmt::format("UPDATE {0} SET {1} = {1}", table, column)).sqlstate == refused);
        CHECK(ask(session, "DELETE FROM " + table).sqlstate == refused);
        CHECK(ask(session, "TRUNCATE " + table).sqlstate == refused);
        CHECK(ask(session, "LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE").sqlstate != "");
        const std::string listed = fmt::format("{}", fmt::join(settable_columns(table), ", "));
        const std::string insert =
            fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM {0} LIMIT 1", table, listed);
        CHECK(ask(session, insert).sqlstate == refused);
      }
      const bool may_enqueue = role.duty == Duty::enqueue;
      const auto plain = [](unsigned target) {
        return fmt::format(
            "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) VALUES ('{}', "
            "'kb', '{}', 'upsert')",
            uuid(target).to_string(), uuid(99).to_string());
      };
      session.run("BEGIN");
      CHECK(ask(session, plain(1)).sqlstate == (may_enqueue ? "" : refused));
      session.run("ROLLBACK; BEGIN");
      CHECK(ask(session, plain(2)).sqlstate == (may_enqueue && organization == 0 ? "" : refused));
      session.run("ROLLBACK");
    }
  }
  CHECK(fingerprint() == before);
}

TEST_CASE_METHOD(Schema, "no role moves a sequence, but work those that it draws from", "[promise-13]") {
  const auto sequences = list(
      "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = "
      "'S' ORDER BY 1");
  REQUIRE(sequences.size() >= 2);
  for (const Role& role : roles) {
    const Database session = as(role, 1);
    for (const std::string& sequence : sequences) {
      CAPTURE(role.name, sequence);
      CHECK(ask(session, fmt::format("SELECT setval('{}', 1)", sequence)).sqlstate == refused);
      if (role.duty != Duty::work && role.duty != Duty::enqueue)
        CHECK(ask(session, fmt::format("SELECT nextval('{}')", sequence)).sqlstate == refused);
      if (!role.duty) CHECK(ask(session, "SELECT last_value FROM " + sequence).sqlstate == refused);
    }
  }
}

TEST_CASE_METHOD(Schema,
                 "a function that runs with its owner's rights serves only whom grants names, and finds "
                 "nobody's objects but ours",
                 "[promise-13]") {
  const auto definers = list(
      "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND "
      "prosecdef AND "
      "(NOT coalesce(proconfig::text, '') LIKE '%, pg_temp\"%' OR "
      "has_function_privilege('standing_none', oid, 'EXECUTE') OR "
      "has_function_privilege('standing_read', oid, 'EXECUTE') OR has_function_privilege('standing_monitor', "
      "oid, 'EXECUTE') OR "
      "has_function_privilege('standing_backup', oid, 'EXECUTE'))");
  CHECK(definers == std::vector<std::string>{});
  REQUIRE_FALSE(list("SELECT proname::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
                     "AND prosecdef")
                    .empty());
}

TEST_CASE_METHOD(Schema,
                 "functions of the schema, called by who has no rights for them, change nothing and return "
                 "nothing of a tenant's",
                 "[promise-13]") {
  const std::string before = fingerprint();
  const auto calls = list(
      "SELECT format('SELECT * FROM %I(%s) AS reply', p.proname, coalesce((SELECT "
      "string_agg(format('%s::%s', CASE t::regtype::text WHEN 'uuid[]' THEN "
      "quote_literal(ARRAY(SELECT id FROM rag_index_queue)::text) WHEN 'uuid' THEN quote_literal((SELECT "
      "organization_id FROM rag_index_queue LIMIT 1)::text) "
      "WHEN 'text' THEN '''pending''' WHEN 'text[]' THEN '''{pending}''' ELSE CASE WHEN t::regtype::text "
      "LIKE '%[]' THEN '''{1}''' WHEN t::regtype::text IN "
      "('bigint', 'integer') THEN '''1''' ELSE 'NULL' END END, t::regtype), ', ' ORDER BY place) FROM "
      "unnest(p.proargtypes) WITH ORDINALITY AS a (t, place)), '')) "
      "FROM pg_proc AS p WHERE p.pronamespace = current_schema()::regnamespace AND p.prorettype <> "
      "'trigger'::regtype ORDER BY 1");
  REQUIRE(calls.size() > 5);
  for (const Role& role : roles) {
    if (role.duty == Duty::work || role.duty == Duty::enqueue) continue;
    for (const unsigned organization : {0U, 1U}) {
      const Database session = as(role, organization);
      for (const std::string& call : calls) {
        CAPTURE(role.name, organization, call);
        const std::string reply = [&]() -> std::string {
          try {
            return session.text("SELECT coalesce(string_agg(reply::text, ' '), '') FROM (" + call +
                                ") AS reply");
          } catch (const Error& error) {
            return error.sqlstate();
          }
        }();
        CHECK(reply.find("quotes a text") == std::string::npos);
        CHECK(reply.find(uuid(11).to_string()) == std::string::npos);
      }
    }
  }
  CHECK(fingerprint() == before);
}

TEST_CASE_METHOD(Schema,
                 "each duty of grants is enough for what it is for, and says of every role what it lacks",
                 "[promise-13]") {
  for (const Role& role : roles) {
    for (const Duty duty : {Duty::work, Duty::enqueue, Duty::read, Duty::monitor, Duty::backup}) {
      CAPTURE(role.name, static_cast<int>(duty));
      const bool granted = role.duty == duty || (role.duty == Duty::work && duty != Duty::backup) ||
                           (role.duty == Duty::backup && duty == Duty::monitor) ||
                           (role.duty == Duty::backup && duty == Duty::read);
      const auto missing = missing_privileges(database.get(), role.name, duty);
      CAPTURE(missing);
      CHECK(missing.empty() == granted);
    }
  }
}
