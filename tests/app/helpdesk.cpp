#include "helpdesk.hpp"

#include <libpq-fe.h>

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <ragqueue/testing/postgres.hpp>
#include <stdexcept>
#include <utility>

namespace program {

namespace {

std::string new_schema() {
  static ragqueue::testing::PrivatePostgres server;
  return server.new_schema();
}

constexpr const char* articles = R"sql(
  CREATE TABLE kb_articles (id uuid PRIMARY KEY, organization_id uuid NOT NULL, title text, content text, visibility text);
  INSERT INTO kb_articles VALUES
    ('0b000000-0000-4000-8000-000000000001', '0a000000-0000-4000-8000-000000000001', 'Clearing a paper jam',
     'If the printer stops because paper is stuck, open the cover and pull the sheet out slowly.', 'public'),
    ('0b000000-0000-4000-8000-000000000002', '0a000000-0000-4000-8000-000000000001', 'Joining a wireless network',
     'Choose the name of the network from the menu and type its password.', 'public'),
    ('0b000000-0000-4000-8000-000000000003', '0a000000-0000-4000-8000-000000000001', 'Keeping a copy of your files',
     'Save your documents to another disk every week, so that nothing is lost when one breaks.', 'public');
)sql";

}  // namespace

Helpdesk::Helpdesk() : conninfo_(new_schema()), connection_(conninfo_) {
  sql(articles);
}

void Helpdesk::sql(const std::string& statement) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), statement.c_str()),
                                                             PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection_.get()));
  }
}

std::string Helpdesk::text(const std::string& query) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), query.c_str()),
                                                             PQclear);
  if (PQntuples(result.get()) == 0) throw std::runtime_error(PQresultErrorMessage(result.get()));
  return PQgetvalue(result.get(), 0, 0);
}

std::string error_of(const ragqueue::Connection& session, const std::string& statement) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(session.get(), statement.c_str()),
                                                             PQclear);
  return PQresultErrorMessage(result.get());
}

Start Helpdesk::start(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"--database", conninfo_, "--json"});
  return {.arguments = std::move(arguments)};
}

nlohmann::json Helpdesk::json(std::vector<std::string> arguments, const std::string& input) const {
  Start call = start(std::move(arguments));
  call.input = input;
  const Outcome outcome = run(call);
  INFO(outcome.errors);
  REQUIRE(outcome.exit_code == 0);
  return nlohmann::json::parse(outcome.output);
}

}  // namespace program
