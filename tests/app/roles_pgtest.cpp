// Roles that are neither owner nor superuser: each is told what it lacks, at once, with the cure, and the
// cure cures.

#include <sys/wait.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>

#include "helpdesk.hpp"
#include "program.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;
using program::Outcome;

namespace {

struct Desk : Helpdesk {
  Desk() {
    sql("GRANT USAGE ON SCHEMA " + schema() + " TO PUBLIC; GRANT SELECT ON kb_articles TO PUBLIC");
    REQUIRE(json({"init"}).is_object());
    for (const std::string& id : {paper_jam, wifi, backup})
      REQUIRE(json({"enqueue", org, "kb", id}).contains("id"));
  }

  /// Roles belong to the whole server: the schema's name keeps those of one test apart from the others'.
  [[nodiscard]] std::string role(const std::string& name, const std::string& options = "LOGIN") {
    const std::string full = name + '_' + schema().substr(schema().size() - 12);
    sql("DROP ROLE IF EXISTS \"" + full + "\"; CREATE ROLE \"" + full + "\" " + options);
    return full;
  }
  [[nodiscard]] std::string schema() { return text("SELECT current_schema()"); }

  [[nodiscard]] Outcome as(const std::string& role, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--database", conninfo() + " user='" + role + "'", "--json"});
    return program::run({.arguments = std::move(arguments)});
  }
  void grant(const std::string& role, const std::string& duty) {
    sql(json({"grants", role, "--duty", duty}).at("sql").get<std::string>());
  }
  void grant_all(const std::string& role) {
    sql("GRANT ALL ON ALL TABLES IN SCHEMA " + schema() + " TO " + role +
        "; GRANT ALL ON ALL SEQUENCES IN SCHEMA " + schema() + " TO " + role);
  }
};

void check_refused(const Outcome& outcome, const std::string& role, const std::string& duty) {
  INFO(outcome.output << outcome.errors);
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.output.empty());
  CHECK_THAT(outcome.errors, ContainsSubstring("rag_worker grants " + role + " --duty " + duty));
}

std::string check_of(const Outcome& doctor, const std::string& name) {
  const auto document = nlohmann::json::parse(doctor.output);
  for (const auto& each : document.at("checks")) {
    if (each.at("check") == name) return each.dump();
  }
  return "";
}

}  // namespace

TEST_CASE_METHOD(Desk, "a worker that sees no rows, because no policy lets it, is told so and never '0 done'",
                 "[promise-15]") {
  const std::string r = role("blind");
  grant_all(r);
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"run", "--drain"}, {"run"}, {}, {"retry"}}) {
    check_refused(as(r, command), r, "work");
  }
  check_refused(as(r, {"status"}), r, "monitor");
  const Outcome doctor = as(r, {"doctor"});
  CHECK(doctor.exit_code == 1);
  CHECK_THAT(check_of(doctor, "privileges"),
             ContainsSubstring("fault") && ContainsSubstring("grants " + r + " --duty work"));

  grant(r, "work");
  CHECK(as(r, {"doctor"}).exit_code == 0);
  CHECK(nlohmann::json::parse(as(r, {"run", "--drain"}).output).at("done") == 3);
  CHECK(nlohmann::json::parse(as(r, {"status"}).output).at("done") == 3);
}

TEST_CASE_METHOD(Desk,
                 "a policy that shows all rows to everyone serves as well, and one that hides some does not",
                 "[promise-15]") {
  const std::string r = role("policies");
  grant_all(r);
  sql("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA " + schema() + " TO " + r);
  for (const char* table : {"rag_index_queue", "rag_index_queue_archive", "rag_documents", "rag_chunks",
                            "rag_nodes", "rag_edges"})
    sql(std::string("CREATE POLICY open ON ") + table + " USING (true)");
  CHECK(nlohmann::json::parse(as(r, {"run", "--drain"}).output).at("done") == 3);

  sql("CREATE POLICY partial ON rag_documents AS RESTRICTIVE FOR SELECT USING (title <> 'secret')");
  const Outcome restricted = as(r, {"run", "--drain"});
  check_refused(restricted, r, "work");
  CHECK_THAT(restricted.errors, ContainsSubstring("rag_documents for SELECT"));
  sql("DROP POLICY partial ON rag_documents; DROP POLICY open ON rag_edges; CREATE POLICY open ON rag_edges "
      "FOR "
      "SELECT USING (true)");
  const Outcome cannot_delete = as(r, {"run", "--drain"});
  check_refused(cannot_delete, r, "work");
  CHECK_THAT(cannot_delete.errors, ContainsSubstring("rag_edges for DELETE, INSERT, UPDATE"));
}

TEST_CASE_METHOD(Desk, "a role without any right is told everything that it lacks at once", "[promise-15]") {
  const std::string r = role("bare");
  sql("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA " + schema() + " FROM PUBLIC");
  const Outcome refused = as(r, {"run", "--drain"});
  check_refused(refused, r, "work");
  CHECK_THAT(refused.errors, ContainsSubstring("INSERT") && ContainsSubstring("rag_claim_token") &&
                                 ContainsSubstring("rag_claim(") && ContainsSubstring("rag_workers") &&
                                 ContainsSubstring("rag_schema"));
  check_refused(as(r, {"enqueue", org, "kb", wifi}), r, "enqueue");
  check_refused(as(r, {"search", org, "paper", "--mode", "text"}), r, "read");
  check_refused(as(r, {"similar", org, "kb", wifi}), r, "read");

  sql("REVOKE USAGE ON SCHEMA " + schema() + " FROM PUBLIC");
  const Outcome outside = as(r, {"status"});
  check_refused(outside, r, "monitor");
  CHECK_THAT(outside.errors, ContainsSubstring("USAGE on the schema"));
  for (const char* duty : {"work", "enqueue", "read"}) grant(r, duty);
  CHECK(as(r, {"status"}).exit_code == 0);
  CHECK(as(r, {"enqueue", org, "kb", wifi}).exit_code == 0);
  CHECK(as(r, {"run", "--drain"}).exit_code == 0);
}

TEST_CASE_METHOD(
    Desk,
    "rights count as the role has them: through a membership that inherits, not through one that does not",
    "[promise-15]") {
  const std::string group = role("team", "");
  const std::string heir = role("heir");
  const std::string stranger = role("stranger", "LOGIN NOINHERIT");
  grant(group, "work");
  sql("GRANT " + group + " TO " + heir + ", " + stranger);
  check_refused(as(stranger, {"run", "--drain"}), stranger, "work");
  CHECK(nlohmann::json::parse(as(heir, {"run", "--drain"}).output).at("done") == 3);
}

TEST_CASE_METHOD(Desk,
                 "an owner that gave its tables away, or forces row-level security on itself, is told so",
                 "[promise-15]") {
  const std::string first = role("first_owner");
  const std::string second = role("second_owner");
  const auto own_all = [&](const std::string& owner) {
    sql("DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND "
        "relnamespace = current_schema()::regnamespace "
        "LOOP EXECUTE format('ALTER TABLE %s OWNER TO " +
        owner + "', t); END LOOP; END $$");
  };
  own_all(first);
  CHECK(as(first, {"status"}).exit_code == 0);
  own_all(second);
  check_refused(as(first, {"status"}), first, "monitor");
  check_refused(as(first, {"run", "--drain"}), first, "work");
  CHECK(as(second, {"status"}).exit_code == 0);
  sql("ALTER TABLE rag_index_queue FORCE ROW LEVEL SECURITY");
  check_refused(as(second, {"status"}), second, "monitor");
}

TEST_CASE_METHOD(Desk, "who monitors sees the true figures and no contents", "[promise-15]") {
  const std::string all_data = role("dashboard");
  sql("GRANT pg_monitor, pg_read_all_data TO " + all_data);
  check_refused(as(all_data, {"status"}), all_data, "monitor");
  const std::string reader = role("reader");
  grant(reader, "read");
  check_refused(as(reader, {"status"}), reader, "monitor");

  const std::string r = role("monitor");
  grant(r, "monitor");
  CHECK(nlohmann::json::parse(as(r, {"status"}).output).at("pending") == 3);
  ragqueue::Connection session(conninfo() + " user='" + r + "'");
  for (const char* contents : {"SELECT last_error FROM rag_index_queue", "SELECT title FROM rag_documents",
                               "SELECT content FROM rag_chunks", "SELECT label FROM rag_nodes",
                               "SELECT FROM rag_edges", "DELETE FROM rag_workers"}) {
    CAPTURE(contents);
    CHECK_THAT(program::error_of(session, contents),
               ContainsSubstring("permission denied") || ContainsSubstring("does not exist"));
  }
}

TEST_CASE_METHOD(
    Desk, "the nightly dump works again after grants, and without a superuser with --enable-row-security",
    "[promise-15]") {
  REQUIRE(json({"run", "--drain"}).at("done") == 3);
  const std::string dumper = role("dumper");
  sql("GRANT pg_read_all_data TO " + dumper);
  const auto dump = [&](const std::string& options) {
    const std::string command = text("SELECT setting FROM pg_config WHERE name = 'BINDIR'") + "/pg_dump " +
                                options + " --table='rag_*'" + " \"" + conninfo() + " user='" + dumper +
                                "'\" 2>&1 | grep -c 'Clearing a paper jam'";
    return WEXITSTATUS(std::system(command.c_str())) == 0;
  };
  CHECK_FALSE(dump(""));
  const auto statements = json({"grants", dumper, "--duty", "backup"}).at("sql").get<std::string>();
  const std::string owner = role("dump_owner");
  sql("GRANT ALL ON SCHEMA " + schema() + " TO " + owner);
  sql("DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND "
      "relnamespace = current_schema()::regnamespace "
      "AND relname LIKE 'rag%' LOOP EXECUTE format('ALTER TABLE %s OWNER TO " +
      owner + "', t); END LOOP; END $$");
  sql("SET ROLE " + owner + ";" + statements + "RESET ROLE");
  CHECK_FALSE(dump(""));
  CHECK(dump("--enable-row-security"));
  sql(statements);
  CHECK(dump(""));
}

TEST_CASE_METHOD(Desk, "grants takes any role's name, and refuses the one that means everyone",
                 "[promise-15]") {
  for (const std::string& name : {std::string("public"), std::string(64, 'x'), std::string()}) {
    const Outcome refused = as("postgres", {"grants", name});
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.errors, ContainsSubstring("role '"));
  }
  // Two names that are alike for longer than a policy's name can be.
  const std::string one = role(std::string(48, 'l') + "1");
  const std::string two = role(std::string(48, 'l') + "2");
  const std::string odd = role("it's $$ %s {} odd");
  for (const std::string& each : {one, two, odd}) grant(each, "work");
  grant(odd, "backup");
  for (const std::string& each : {one, two}) CHECK(as(each, {"status"}).exit_code == 0);
}

TEST_CASE("init lists the roles that will see nothing, and what each needs", "[promise-15]") {
  Helpdesk desk;
  const std::string schema = desk.text("SELECT current_schema()");
  const std::string dumper = "nightly_" + schema.substr(schema.size() - 12);
  desk.sql("CREATE ROLE " + dumper + " LOGIN; GRANT pg_read_all_data TO " + dumper);
  const auto told = [&] {
    for (const auto& role : desk.json({"init"}).at("roles").get<std::vector<nlohmann::json>>()) {
      if (role.at("message").get<std::string>().find(dumper) != std::string::npos) return role.dump();
    }
    return std::string();
  };
  CHECK_THAT(told(), ContainsSubstring("row-level security") &&
                         ContainsSubstring("grants " + dumper + " --duty") &&
                         ContainsSubstring("backup (pg_dump)"));
  desk.sql(desk.json({"grants", dumper, "--duty", "backup"}).at("sql").get<std::string>());
  CHECK(told().empty());
}
