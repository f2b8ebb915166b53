#include "ragqueue/grants.hpp"

#include <fmt/args.h>
#include <fmt/format.h>

#include "db/statement.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

namespace {

std::string_view statements_for(Duty duty) {
  switch (duty) {
    case Duty::work:
      return sql::grants_work;
    case Duty::enqueue:
      return sql::grants_enqueue;
    case Duty::read:
      return sql::grants_read;
  }
  throw InvalidInput("duty", std::to_string(static_cast<int>(duty)), "is none");
}

}  // namespace

Duty parse_duty(std::string_view text) {
  if (text == "work") return Duty::work;
  if (text == "enqueue") return Duty::enqueue;
  if (text == "read") return Duty::read;
  throw InvalidInput("duty", text, "expected work, enqueue or read");
}

std::string grants(pg_conn* connection, std::string_view role, Duty duty) {
  if (role.empty()) throw InvalidInput("role", role, "must not be empty");
  const pg::Result names = pg::execute(
      connection, "SELECT quote_ident($1), quote_ident(current_schema()), quote_ident('rag_work_' || $1)",
      pg::Params().add(role));
  return fmt::format(fmt::runtime(statements_for(duty)), fmt::arg("role", names.get<std::string>(0, 0)),
                     fmt::arg("schema", names.get<std::string>(0, 1)),
                     fmt::arg("policy", names.get<std::string>(0, 2)));
}

}  // namespace ragqueue
