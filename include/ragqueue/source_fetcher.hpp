#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/document.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// Reads the application's rows. Extension point; one object serves all consumers of a worker, so it must be
/// thread-safe.
class RAGQUEUE_EXPORT SourceFetcher {
 public:
  virtual ~SourceFetcher();

  /// Returns the documents of one organization and type as they are now, in any order, each once. A source
  /// that is gone, or is not to be indexed, is simply not among them: that is an answer, and its index is
  /// removed. `connection` is the consumer's own, idle, with no transaction open; an implementation may use
  /// it or ignore it, and leaves it as it found it: idle, with the same settings and role.
  /// Throws Error: Fault::outage or Fault::setup when no source of this type can be read now, whatever the
  /// ids: its jobs then wait unspent, with growing pauses, and other types go on. With an SQLSTATE, and for a
  /// single source, it is charged where others of its batch could be read. Any other exception is charged to
  /// the sources asked for, each alone if needed.
  [[nodiscard]] virtual std::vector<Document> fetch(pg_conn* connection, const Uuid& organization_id,
                                                    std::string_view source_type,
                                                    std::span<const Uuid> source_ids) const = 0;
};

/// How to read one source type by SQL. The query gets $1, the organization's id (uuid), and $2, the wanted
/// ids (uuid[]). It returns columns by name: `id` (uuid), `title`, `body`, and if it likes `visibility`,
/// `metadata` (a JSON object), `language` (as Document has it) and `links` (a JSON array of {"source_type",
/// "source_id", "edge_type"?, "weight"?}). It runs in a transaction of its own with app.current_org set to
/// the organization's id, so that row-level security on the application's tables can keep it to that
/// organization's rows.
struct SqlSource {
  std::string type;
  std::string query;
  std::string language{};  ///< Of rows that name none; as Document has it.
};

/// `ticket`, `kb` and `asset`, over the tables tickets, kb_articles and assets.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<SqlSource> builtin_sources();

struct SqlSourceOptions {
  /// Of one query, from 1 ms to a week; a longer one is given up. A shorter statement_timeout of the session
  /// stands. It waits for a lock for a second of it at most.
  std::chrono::milliseconds timeout{10'000};
};

/// Reads sources with the given queries. A query that fails is asked once more for a row that does not exist:
/// if it fails for that too (a table or right is missing, a table is locked, it takes too long), that is a
/// fault of its type (Fault::setup or Fault::outage); if not, of the ids (Fault::job), but for a single one
/// that takes too long or meets what is missing. A type that has no
/// query is a Fault::job error that names the known ones, since another worker may have one.
/// Throws InvalidInput for a type, query or timeout that is invalid.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const SourceFetcher> make_sql_source_fetcher(
    const std::vector<SqlSource>& sources, SqlSourceOptions options = {});

}  // namespace ragqueue
