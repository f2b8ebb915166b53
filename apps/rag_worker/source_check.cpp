#include "source_check.hpp"

#include <algorithm>
#include <ragqueue/error.hpp>
#include <string_view>

namespace rag_worker {

namespace {

bool is_builtin(const ragqueue::SqlSource& source) {
  return std::ranges::any_of(ragqueue::builtin_sources(), [&](const ragqueue::SqlSource& builtin) {
    return builtin.type == source.type && builtin.query == source.query;
  });
}

}  // namespace

std::optional<SourceProblem> check_source(const ragqueue::SourceFetcher& sources, pg_conn* connection,
                                          const ragqueue::SqlSource& source) {
  constexpr std::string_view undefined_table = "42P01";
  try {
    static_cast<void>(sources.fetch(connection, {}, source.type, {}));
    return std::nullopt;
  } catch (const ragqueue::Error& error) {
    return SourceProblem{.words = error.what(),
                         .matters = error.sqlstate() != undefined_table || !is_builtin(source)};
  }
}

}  // namespace rag_worker
