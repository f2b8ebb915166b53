#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "search/search_parts.hpp"
#include "search/sql.hpp"

namespace ragqueue::pg {

namespace {

constexpr std::int64_t chunks_per_document = 4;  // first guess of how many chunks hold one wanted document
constexpr std::int64_t always_exact = 1'000;     // chunks that are compared before any index is thought of
constexpr std::int64_t max_ef_search = 1'000;    // pgvector's limit
constexpr std::int64_t default_ef_search = 40;   // pgvector's own
constexpr std::int64_t default_scan_tuples = 20'000;  // pgvector's own

std::int64_t first_guess(const Scope& scope) {
  return static_cast<std::int64_t>(scope.limit) * chunks_per_document;
}

/// Up to how many passing chunks comparing all of them costs less than the HNSW index; nothing where there is
/// no such index. Of `table` chunks in the order of distance one in table / passing passes, so for `wanted`
/// the index visits wanted * table / passing. That equals `passing` at the square root.
std::optional<std::int64_t> exact_bound(pg_conn* connection, const Scope& scope) {
  const Result table = execute(connection, sql::search_table);
  if (!table.get<bool>(0, 1)) return std::nullopt;
  const double equal = std::sqrt(static_cast<double>(first_guess(scope)) * table.get<double>(0, 0));
  return std::max(always_exact, static_cast<std::int64_t>(equal));
}

std::int64_t count_passing(pg_conn* connection, const Scope& scope, std::int64_t bound) {
  Params params;
  params.add(scope.organization_id).add(bound);
  return execute(connection, scope.filter.in(sql::search_size, 3), scope.filter.add_to(params))
      .get<std::int64_t>(0, 0);
}

/// pgvector's settings, for this transaction: as many candidates as wanted, and on until so many pass the
/// filter or the search has cost as much as the exact one.
void tune(pg_conn* connection, std::int64_t chunks, std::int64_t bound) {
  execute(connection,
          "SELECT set_config('hnsw.ef_search', $1, true), set_config('hnsw.max_scan_tuples', $2, true), "
          "set_config('hnsw.iterative_scan', 'relaxed_order', true)",
          Params()
              .add(std::to_string(std::clamp(chunks, default_ef_search, max_ef_search)))
              .add(std::to_string(std::max(default_scan_tuples, bound))));
}

class NearestSearch {
 public:
  NearestSearch(pg_conn* connection, const Scope& scope, std::span<const float> vector,
                const std::optional<Uuid>& except)
      : connection_(connection), scope_(scope), vector_(vector), except_(except) {}

  [[nodiscard]] std::vector<SearchHit> run() const {
    const std::optional<std::int64_t> bound = exact_bound(connection_, scope_);
    if (!bound || count_passing(connection_, scope_, *bound) < *bound) return exact();
    std::vector<SearchHit> hits = approximate(*bound);
    // HNSW gives up when what passes is far from the vector, or few among many.
    return hits.size() < scope_.limit ? exact() : hits;
  }

 private:
  [[nodiscard]] std::vector<SearchHit> exact() const {
    Params params = asked();
    return hits_of(execute(connection_, scope_.filter.in(sql::search_exact, 5), scope_.filter.add_to(params)),
                   &SearchHit::by_vector);
  }

  /// The first parameters of both statements.
  [[nodiscard]] Params asked() const {
    Params params;
    params.add(scope_.organization_id)
        .add_array(vector_)
        .add(static_cast<std::int64_t>(scope_.limit))
        .add(except_);
    return params;
  }

  /// Looks at more and more chunks until they belong to enough documents, or are all that the scan gives.
  [[nodiscard]] std::vector<SearchHit> approximate(std::int64_t bound) const {
    for (std::int64_t chunks = first_guess(scope_);; chunks *= 4) {
      tune(connection_, chunks, bound);
      Params params = asked();
      const Result rows = execute(connection_, scope_.filter.in_chunks(sql::search_nearest, 6),
                                  scope_.filter.add_to(params.add(chunks)));
      const bool exhausted = rows.rows() == 0 || rows.get<std::int64_t>(0, 9) < chunks;
      if (exhausted || rows.rows() == static_cast<int>(scope_.limit))
        return hits_of(rows, &SearchHit::by_vector);
    }
  }

  pg_conn* connection_;
  const Scope& scope_;
  std::span<const float> vector_;
  const std::optional<Uuid>& except_;
};

}  // namespace

std::vector<SearchHit> find_nearest(pg_conn* transaction, const Scope& scope, std::span<const float> vector,
                                    const std::optional<Uuid>& except) {
  return NearestSearch(transaction, scope, vector, except).run();
}

}  // namespace ragqueue::pg
