#include "ragqueue/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "search/fusion.hpp"
#include "search/search_parts.hpp"
#include "search/sql.hpp"

namespace ragqueue {

namespace pg {

Params& add_filter(Params& params, const SearchFilter& filter) {
  for (const std::vector<std::string>& values : {filter.source_types, filter.visibilities}) {
    if (values.empty()) {
      params.add_null_array<std::string>();
    } else {
      params.add_array(values);
    }
  }
  return params.add(filter.metadata.empty() ? std::nullopt : std::optional(filter.metadata));
}

std::vector<SearchHit> hits_of(const Result& rows, std::optional<Placing> SearchHit::*part) {
  std::vector<SearchHit> hits;
  for (int row = 0; row < rows.rows(); ++row) {
    hits.push_back({.score = rows.get<double>(row, 0),
                    .source_type = rows.get<std::string>(row, 1),
                    .source_id = rows.get<Uuid>(row, 2),
                    .title = rows.get<std::string>(row, 3),
                    .passage = rows.get<std::string>(row, 4)});
    hits.back().*part = Placing{.rank = hits.size(), .score = hits.back().score};
  }
  return hits;
}

}  // namespace pg

namespace {

/// The transaction that a search runs in: the caller's, or one that reads a single snapshot.
class Snapshot {
 public:
  explicit Snapshot(pg_conn* connection) {
    if (pg::in_transaction(connection)) return;
    own_.emplace(connection, pg::Limits::ours, pg::Sight::snapshot);
  }
  void end() {
    if (own_) own_->commit();
  }

 private:
  std::optional<pg::Transaction> own_;
};

void check_limit(std::size_t limit) {
  if (limit <= max_search_limit) return;
  throw InvalidInput("limit", std::to_string(limit), fmt::format("must be at most {}", max_search_limit));
}

void check(const SearchQuery& query) {
  check_limit(query.limit);
  if (query.mode != SearchMode::vector && query.text.empty())
    throw InvalidInput("text", "", "a search by words needs some");
  if (query.mode == SearchMode::text) return;
  if (query.vector.empty()) throw InvalidInput("vector", "", "a search by vector needs one");
  check_vectors(query.vector, query.vector.size());
}

std::vector<SearchHit> run(pg_conn* transaction, const SearchQuery& query) {
  pg::Scope scope{.organization_id = query.organization_id, .filter = query.filter, .limit = query.limit};
  if (query.mode == SearchMode::vector) return pg::find_nearest(transaction, scope, query.vector);
  if (query.mode == SearchMode::text) return pg::find_matching(transaction, scope, query.text);
  scope.limit = std::max(query.limit, least_fusion_depth);
  return fuse(pg::find_nearest(transaction, scope, query.vector),
              pg::find_matching(transaction, scope, query.text), query.limit);
}

}  // namespace

std::vector<SearchHit> search(pg_conn* connection, const SearchQuery& query) {
  check(query);
  if (query.limit == 0) return {};
  Snapshot snapshot(connection);
  std::vector<SearchHit> hits = run(connection, query);
  snapshot.end();
  return hits;
}

std::vector<SearchHit> similar(pg_conn* connection, const SourceKey& source, std::size_t limit,
                               const SearchFilter& filter) {
  check_limit(limit);
  Snapshot snapshot(connection);
  const pg::Result found =
      pg::execute(connection, sql::similar_vector,
                  pg::Params().add(source.organization_id).add(source.source_type).add(source.source_id));
  if (found.rows() == 0) {
    throw InvalidInput("source_id", source.source_id.to_string(),
                       fmt::format("the organization's index has no '{}' of this id", source.source_type));
  }
  std::vector<SearchHit> hits;
  if (limit > 0 && !found.null(0, 1)) {
    hits = pg::find_nearest(connection,
                            {.organization_id = source.organization_id, .filter = filter, .limit = limit},
                            found.get_array<float>(0, 1), found.get<Uuid>(0, 0));
  }
  snapshot.end();
  return hits;
}

}  // namespace ragqueue
