#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "follow/watched_desk.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/schema.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
using testing::WatchedDesk;

namespace {

constexpr const char* count_triggers =
    "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'rag\\_watch\\_%' AND tgrelid::regclass::text IN "
    "('tickets', 'comments')";

}  // namespace

TEST_CASE_METHOD(WatchedDesk, "what is installed is shown against what the source says") {
  REQUIRE(differences().size() == 2);
  CHECK_THAT(differences()[0].message, ContainsSubstring("tickets is not followed yet"));
  follow();
  follow();
  CHECK(differences().empty());
  CHECK(database.number(count_triggers) == 8);

  source.body = {"description"};
  REQUIRE(differences().size() == 1);
  CHECK_THAT(differences()[0].message, ContainsSubstring("in another way"));
  follow();
  CHECK(differences().empty());
  CHECK(asked_by("INSERT INTO tickets (id, org) VALUES (1, 1); DELETE FROM rag_index_queue; UPDATE tickets "
                 "SET resolution = 'x'")
            .empty());

  database.run("ALTER TABLE tickets DISABLE TRIGGER USER");
  REQUIRE(differences().size() == 1);
  CHECK_THAT(differences()[0].message, ContainsSubstring("disabled"));
  database.run("ALTER TABLE tickets ENABLE TRIGGER USER");

  source.depends.clear();
  follow();
  CHECK(database.number(count_triggers) == 4);
  source.watch = false;
  REQUIRE(differences().size() == 1);
  CHECK_THAT(differences()[0].message, ContainsSubstring("unwatch --type ticket"));
}

TEST_CASE_METHOD(WatchedDesk,
                 "the SQL that is shown does the same as watch does, and is undone by unwatch's") {
  for (const std::string& statement : watch_statements(database.get(), {&source, 1})) database.run(statement);
  CHECK(differences().empty());
  for (const std::string& statement : unwatch_statements(database.get(), "")) database.run(statement);
  CHECK(database.number(count_triggers) == 0);
  follow();
  CHECK(unwatch(database.get(), "kb") == 0);
  CHECK(unwatch(database.get(), "ticket") == 2);
  CHECK(database.number(count_triggers) == 0);
}

TEST_CASE_METHOD(WatchedDesk, "uninstall takes the triggers away") {
  follow();
  uninstall_schema(database.get());
  CHECK(database.number(count_triggers) == 0);
  database.run("INSERT INTO tickets (id, org) VALUES (1, 1)");
}

TEST_CASE_METHOD(WatchedDesk, "what cannot be followed is refused, and nothing is changed") {
  const auto refusal = [&] {
    try {
      follow();
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  source.where = "nonsense(status)";
  CHECK_THAT(refusal(), ContainsSubstring("nonsense"));
  source.where = "";
  source.title = "topic";
  CHECK_THAT(refusal(), ContainsSubstring("topic"));
  source.title = "subject";
  source.depends[0].key = "text";
  CHECK_THAT(refusal(), ContainsSubstring("operator does not exist"));
  source.depends[0] = {.table = "nowhere", .key = "id"};
  CHECK_THAT(refusal(), ContainsSubstring("nowhere"));
  source.depends.clear();
  database.run("CREATE VIEW resolved AS SELECT * FROM tickets");
  source.table = "resolved";
  CHECK_THAT(refusal(), ContainsSubstring("is no table"));
  CHECK(database.number("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'rag\\_watch%' AND tgrelid IN "
                        "('tickets'::regclass, "
                        "'comments'::regclass)") == 0);

  source.depends = {{.table = "tickets", .key = "id"}};
  CHECK(refusal().empty());
  CHECK(asked_by("INSERT INTO tickets (id, org) VALUES (1, 1)") == "1/1");
  CHECK(asked_by("UPDATE tickets SET views = 2") == "1/1");
}

TEST_CASE_METHOD(WatchedDesk,
                 "a function never runs with more rights than the owner of ragqueue's tables has") {
  const std::string schema = database.text("SELECT current_schema()");
  database.run("CREATE ROLE rag_owner; GRANT ALL ON SCHEMA " + schema + " TO rag_owner");
  database.run(
      "ALTER TABLE rag_index_queue OWNER TO rag_owner; ALTER TABLE rag_watch_faults OWNER TO rag_owner");
  CHECK_THROWS_AS(follow(), Error);  // a comment's ticket is to be found, and may not be read
  database.run("GRANT SELECT ON tickets TO rag_owner");
  follow();
  CHECK(database.text("SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE prorettype = "
                      "'trigger'::regtype AND proname LIKE "
                      "'rag\\_watch\\_%' AND pronamespace = current_schema()::regnamespace") == "rag_owner");
  database.run(
      "CREATE ROLE passer_by; GRANT USAGE ON SCHEMA " + schema +
      " TO passer_by; GRANT SELECT ON rag_schema, rag_watch_faults TO passer_by; SET ROLE passer_by");
  CHECK_THROWS_AS(follow(), Error);
  database.run(
      "RESET ROLE; REASSIGN OWNED BY rag_owner TO CURRENT_USER; DROP OWNED BY rag_owner, passer_by; DROP "
      "ROLE rag_owner, passer_by");
}
