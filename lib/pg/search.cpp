#include "ragqueue/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "pg/sql.hpp"
#include "pg/statement.hpp"
#include "pg/transaction.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

constexpr std::int64_t chunks_per_document = 4;  // first guess of how many chunks hold one wanted document
constexpr std::int64_t max_ef_search = 1000;     // pgvector's limit

/// pgvector's settings, for this transaction: as many candidates as wanted, and on until the filter is
/// satisfied.
void tune(pg_conn* connection, std::int64_t chunks) {
  pg::execute(connection,
              "SELECT set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', "
              "'strict_order', true)",
              pg::Params().add(std::to_string(std::clamp<std::int64_t>(chunks, 40, max_ef_search))));
}

bool is_full(const pg::Result& rows, std::size_t limit) {
  return rows.rows() == static_cast<int>(limit);
}

std::vector<SearchHit> hits_of(const pg::Result& rows) {
  std::vector<SearchHit> hits;
  for (int row = 0; row < rows.rows(); ++row) {
    hits.push_back({.score = rows.get<double>(row, 0),
                    .source_type = rows.get<std::string>(row, 1),
                    .source_id = rows.get<Uuid>(row, 2),
                    .title = rows.get<std::string>(row, 3),
                    .passage = rows.get<std::string>(row, 4)});
  }
  return hits;
}

pg::Result nearest(pg_conn* connection, const Uuid& organization_id, std::span<const float> query,
                   std::int64_t chunks, std::size_t limit) {
  pg::Params params;
  params.add(organization_id).add_array(query).add(chunks).add(static_cast<std::int64_t>(limit));
  return pg::execute(connection, sql::search, params);
}

/// Looks at more and more chunks until they belong to enough documents, or are all that the scan gives.
pg::Result nearest(pg_conn* connection, const Uuid& organization_id, std::span<const float> query,
                   std::size_t limit) {
  for (auto chunks = static_cast<std::int64_t>(limit) * chunks_per_document;; chunks *= 4) {
    tune(connection, chunks);
    pg::Result rows = nearest(connection, organization_id, query, chunks, limit);
    const bool exhausted = rows.rows() == 0 || rows.get<std::int64_t>(0, 5) < chunks;
    if (exhausted || is_full(rows, limit)) return rows;
  }
}

/// HNSW gives up when an organization's chunks are far from the query or few among many; its primary key
/// finds them all.
pg::Result exactly_nearest(pg_conn* connection, const Uuid& organization_id, std::span<const float> query,
                           std::size_t limit) {
  pg::execute(connection, "SELECT set_config('enable_indexscan', 'off', true)");
  pg::Result rows = nearest(connection, organization_id, query, limit);
  pg::execute(connection, "SELECT set_config('enable_indexscan', 'on', true)");
  return rows;
}

}  // namespace

std::vector<SearchHit> search(pg_conn* connection, const Uuid& organization_id, std::span<const float> query,
                              std::size_t limit) {
  if (limit == 0) return {};
  if (limit > max_search_limit) {
    throw InvalidInput("limit", std::to_string(limit), fmt::format("must be at most {}", max_search_limit));
  }
  std::optional<pg::Transaction> transaction;
  if (!pg::in_transaction(connection)) transaction.emplace(connection);
  pg::Result rows = nearest(connection, organization_id, query, limit);
  if (!is_full(rows, limit)) rows = exactly_nearest(connection, organization_id, query, limit);
  if (transaction) transaction->commit();
  return hits_of(rows);
}

}  // namespace ragqueue
