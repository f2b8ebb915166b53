#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/document.hpp"
#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// Reads the application's rows. Extension point; one object serves all consumers of a worker, so it must be
/// thread-safe.
class RAGQUEUE_EXPORT SourceFetcher {
 public:
  virtual ~SourceFetcher();

  /// Returns the documents of one organization and type as they are now, in any order. A source that is gone,
  /// or is not to be indexed, is simply not among them: that is an answer, and its index is removed.
  /// `connection` is the consumer's own, idle, with no transaction open; an implementation may use it or
  /// ignore it. Throws Error: outage gives the jobs back; anything else is charged to the sources asked for,
  /// each alone if needed.
  [[nodiscard]] virtual std::vector<Document> fetch(pg_conn* connection, const Uuid& organization_id,
                                                    std::string_view source_type,
                                                    std::span<const Uuid> source_ids) const = 0;
};

/// How to read one source type by SQL. The query gets $1, the organization's id (uuid), and $2, the wanted
/// ids (uuid[]). It returns columns by name: `id` (uuid), `title`, `body`, and if it likes `visibility`,
/// `metadata` (a JSON object) and `links` (a JSON array of {"source_type", "source_id", "edge_type"?,
/// "weight"?}). It runs in a transaction of its own with app.current_org set to the organization's id, so
/// that row-level security on the application's tables can keep it to that organization's rows.
struct SqlSource {
  std::string type;
  std::string query;
};

/// `ticket`, `kb` and `asset`, over the tables tickets, kb_articles and assets.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<SqlSource> builtin_sources();

/// Reads sources with the given queries. A type that is not among them is a Fault::job error that names the
/// known ones. Throws InvalidInput for a type or query that cannot be.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const SourceFetcher> make_sql_source_fetcher(
    const std::vector<SqlSource>& sources);

}  // namespace ragqueue
