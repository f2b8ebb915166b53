#include "schema/text_version.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "ragqueue/schema.hpp"
#include "schema/sql.hpp"

namespace ragqueue {

namespace {

bool is_read_before(pg_conn* connection) {
  return pg::execute(connection, "SELECT EXISTS (SELECT FROM rag_embedder WHERE text_version < $1)",
                     pg::Params().add(pg::text_version))
      .get<bool>(0, 0);
}

}  // namespace

namespace pg {

void request_read_before(pg_conn* connection, const Log& log) {
  if (!is_read_before(connection)) return;
  std::int64_t requested = 0;
  std::string after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const auto last = limited(connection, [&] {
      const Result step = execute(connection, sql::request_read_before, Params().add(after));
      requested += step.get<std::int64_t>(0, 0);
      return step.maybe<std::string>(0, 1);
    });
    if (!last) break;
    after = *last;
  }
  execute(connection, "UPDATE rag_embedder SET text_version = $1", Params().add(text_version));
  if (log && requested > 0)
    log({LogLevel::info,
         fmt::format(
             "{} documents were read as an earlier version does, and are read anew in the background, behind "
             "fresh requests",
             requested),
         {}});
}

}  // namespace pg

bool is_text_outdated(pg_conn* connection) {
  require_schema(connection);
  return is_read_before(connection);
}

}  // namespace ragqueue
