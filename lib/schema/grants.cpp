#include "ragqueue/grants.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "db/statement.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

namespace {

struct DutyText {
  Duty duty;
  std::string_view name;
  std::string_view comment;  ///< Over the statements.
};

constexpr std::array duties{
    DutyText{Duty::work, "work",
             "-- For the role of rag_worker, which needs to be neither superuser nor owner. It sees every "
             "organization's rows in these tables.\n"
             "-- It reads your own tables with app.current_org set: give it SELECT on those that the sources "
             "read. Only an owner can build the\n"
             "-- vector index: after a first load of many rows, run rag_worker init once more.\n"},
    DutyText{Duty::enqueue, "enqueue",
             "-- For a program that only enqueues. With app.current_org set it can do so for that "
             "organization alone.\n"},
    DutyText{Duty::read, "read",
             "-- For a program that searches: it sees the rows of the organization that it sets as "
             "app.current_org, and without one none.\n"},
    DutyText{Duty::monitor, "monitor",
             "-- For dashboards and alerts, such as rag_worker status: jobs and workers of every "
             "organization, and no contents.\n"},
    DutyText{Duty::backup, "backup",
             "-- For pg_dump. A plain pg_dump refuses tables whose row-level security binds its role, "
             "whatever the policies. So the last statement\n"
             "-- gives the role BYPASSRLS, which only a superuser can; it then reads past row-level security "
             "in the whole database. Where that is\n"
             "-- not wanted, leave it out and dump with: pg_dump --enable-row-security\n"},
};

const DutyText& text_of(Duty duty) {
  const auto* const found = std::ranges::find(duties, duty, &DutyText::duty);
  if (found == duties.end()) throw InvalidInput("duty", std::to_string(static_cast<int>(duty)), "is none");
  return *found;
}

constexpr std::size_t longest_name = 63;  // bytes of an identifier; PostgreSQL cuts off the rest

void require_role_name(std::string_view role) {
  if (role.empty()) throw InvalidInput("role", role, "must not be empty");
  if (role == "public") throw InvalidInput("role", role, "means every role; name the one that needs this");
  if (role.size() > longest_name) throw InvalidInput("role", role, "is longer than a role's 63 bytes");
}

/// For a shell.
std::string quoted(std::string_view role) {
  const auto plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
  };
  if (std::ranges::all_of(role, plain)) return std::string(role);
  std::string text = "'";
  for (const char letter : role) text += letter == '\'' ? "'\\''" : std::string(1, letter);
  return text + '\'';
}

/// Whoever may not use a schema is not told that there is one.
void require_home(pg_conn* connection, Duty duty) {
  const pg::Result closed = pg::execute(connection, sql::closed_home);
  if (closed.rows() == 0) return;
  throw Error(
      Fault::setup,
      fmt::format(
          "the role {} lacks USAGE on the schema {}, where ragqueue's tables stand. Have their owner run the "
          "SQL that this prints: rag_worker grants {} --duty {}",
          quoted(closed.get<std::string>(0, 1)), closed.get<std::string>(0, 0),
          quoted(closed.get<std::string>(0, 1)), text_of(duty).name));
}

}  // namespace

Duty parse_duty(std::string_view text) {
  const auto* const found = std::ranges::find(duties, text, &DutyText::name);
  if (found == duties.end())
    throw InvalidInput("duty", text, "expected work, enqueue, read, monitor or backup");
  return found->duty;
}

std::string grants(pg_conn* connection, std::string_view role, Duty duty) {
  require_role_name(role);
  const DutyText& text = text_of(duty);
  const pg::Result rows = pg::execute(connection, fmt::format("{}{}", sql::privileges, sql::grants),
                                      pg::Params().add(text.name).add(role));
  std::string statements(text.comment);
  for (int row = 0; row < rows.rows(); ++row) statements += rows.get<std::string>(row, 0) + '\n';
  if (duty == Duty::backup) {
    statements +=
        pg::execute(connection, sql::bypass_row_security, pg::Params().add(role)).get<std::string>(0, 0) +
        '\n';
  }
  return statements;
}

std::vector<std::string> missing_privileges(pg_conn* connection, std::string_view role, Duty duty) {
  const pg::Result rows =
      pg::execute(connection, fmt::format("{}{}", sql::privileges, sql::missing_privileges),
                  pg::Params().add(text_of(duty).name).add(role));
  std::vector<std::string> missing;
  for (int row = 0; row < rows.rows(); ++row) missing.push_back(rows.get<std::string>(row, 0));
  return missing;
}

void require_privileges(pg_conn* connection, Duty duty) {
  require_home(connection, duty);
  const auto role = pg::execute(connection, "SELECT current_user::text").get<std::string>(0, 0);
  const std::vector<std::string> missing = missing_privileges(connection, role, duty);
  if (missing.empty()) return;
  throw Error(Fault::setup,
              fmt::format("the role {} lacks {}. Have the tables' owner run the SQL that this prints: "
                          "rag_worker grants {} --duty {}",
                          quoted(role), fmt::join(missing, "; "), quoted(role), text_of(duty).name));
}

}  // namespace ragqueue
