#include "source_check.hpp"

#include <algorithm>
#include <string_view>

namespace rag_worker {

bool is_absent_builtin(const ragqueue::SourceProblem& problem, const ragqueue::SqlSource& source) {
  constexpr std::string_view undefined_table = "42P01";
  return problem.sqlstate == undefined_table &&
         std::ranges::any_of(ragqueue::builtin_sources(), [&](const ragqueue::SqlSource& builtin) {
           return builtin.type == source.type && builtin.query == source.query;
         });
}

}  // namespace rag_worker
