#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "db/statement.hpp"
#include "ragqueue/search.hpp"
#include "search/filter.hpp"
#include "search/question.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// What both parts of a search have in common.
struct Scope {
  const Uuid& organization_id;
  const Filter& filter;
  std::size_t limit;
};

/// The documents nearest to `vector`, but for `except`. In a transaction, whose settings it changes.
[[nodiscard]] std::vector<SearchHit> find_nearest(pg_conn* transaction, const Scope& scope,
                                                  std::span<const float> vector,
                                                  const std::optional<Uuid>& except = std::nullopt);

/// The documents that have words of the question.
[[nodiscard]] std::vector<SearchHit> find_matching(pg_conn* connection, const Scope& scope,
                                                   const Question& question);

/// Rows as both parts return them; ranked as they come, in `part`.
[[nodiscard]] std::vector<SearchHit> hits_of(const Result& rows, std::optional<Placing> SearchHit::*part);

}  // namespace ragqueue::pg
