#include "index/source_query.hpp"

#include <cstddef>
#include <cstdint>

#include "db/transaction.hpp"
#include "index/sql.hpp"

namespace ragqueue::pg {

std::string_view without_end(std::string_view query) {
  return query.substr(0, query.find_last_not_of("; \t\r\n") + 1);
}

std::string wrapped(std::string_view query, std::string_view language) {
  constexpr std::string_view placeholder = "\n{query}\n", language_placeholder = "{language}";
  std::string statement(sql::fetch);
  statement.replace(statement.find(language_placeholder), language_placeholder.size(), language);
  const std::size_t position = statement.rfind(placeholder) + 1;
  return statement.replace(position, placeholder.size() - 2, without_end(query));
}

Result query_rows(pg_conn* connection, const std::string& statement, const Uuid& organization_id,
                  std::span<const Uuid> source_ids) {
  send_pipelined(connection, "SELECT set_config('app.current_org', $1, true)",
                 Params().add(organization_id.to_string()));
  return execute(connection, statement, Params().add(organization_id).add_array(source_ids));
}

Result query_rows(pg_conn* connection, const std::string& statement, const Uuid& organization_id,
                  std::span<const Uuid> source_ids, const QueryLimits& limits) {
  return limited(connection, [&] {
    Params params;
    params.add(std::int64_t{limits.statement.count()}).add(std::int64_t{limits.lock.count()});
    send_pipelined(connection, sql::source_limits, params);
    return query_rows(connection, statement, organization_id, source_ids);
  });
}

}  // namespace ragqueue::pg
