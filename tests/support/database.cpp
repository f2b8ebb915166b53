#include "support/database.hpp"

#include <fmt/format.h>

#include "ragqueue/schema.hpp"

namespace ragqueue::testing {

PrivatePostgres& server() {
  static PrivatePostgres postgres;
  return postgres;
}

Database::Database(const Embedder& embedder) : Database() {
  create_or_upgrade_schema(get(), embedder);
}

std::string Database::text(const std::string& query) const {
  const pg::Result row = pg::execute(get(), fmt::format("SELECT ({})::text", query));
  return row.null(0, 0) ? "NULL" : row.get<std::string>(0, 0);
}

Uuid uuid(unsigned number) {
  return Uuid::parse(fmt::format("00000000-0000-4000-8000-{:012}", number));
}

Request ticket(unsigned number, Action action, int priority) {
  return {.source = {.organization_id = uuid(1), .source_type = "ticket", .source_id = uuid(number)},
          .action = action,
          .priority = priority};
}

}  // namespace ragqueue::testing
