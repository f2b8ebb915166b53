#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "search/search_parts.hpp"
#include "search/sql.hpp"

namespace ragqueue::pg {

std::vector<SearchHit> find_matching(pg_conn* connection, const Scope& scope, std::string_view text) {
  const auto words = execute(connection, sql::search_words, Params().add(text)).get_array<std::string>(0, 0);
  if (words.empty()) return {};
  Params params;
  params.add(scope.organization_id)
      .add_array(words)
      .add(fmt::format("{}", fmt::join(words, " | ")))
      .add(static_cast<std::int64_t>(scope.limit));
  return hits_of(execute(connection, sql::search_text, add_filter(params, scope.filter)),
                 &SearchHit::by_text);
}

}  // namespace ragqueue::pg
