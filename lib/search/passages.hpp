#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/search.hpp"
#include "search/question.hpp"

struct pg_conn;

namespace ragqueue {

/// Two neighbouring chunks as one text: what the first ends and the second begins with stands there once.
[[nodiscard]] std::string join_chunks(std::string_view first, std::string_view second);

namespace pg {

/// Fills each hit's passages: the best chunk first, and around each the neighbours that `query` asks for.
void add_passages(pg_conn* connection, const SearchQuery& query, const Question& question,
                  std::vector<SearchHit>& hits);

}  // namespace pg

}  // namespace ragqueue
