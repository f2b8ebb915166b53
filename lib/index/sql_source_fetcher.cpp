#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>

#include "db/sqlstate.hpp"
#include "db/statement.hpp"
#include "index/source_query.hpp"
#include "index/sql.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/source_fetcher.hpp"

namespace ragqueue {

namespace {

void check_language(const SqlSource& source) {
  constexpr std::string_view sound = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  if (source.language.find_first_not_of(sound) == std::string::npos) return;
  throw InvalidInput("language of source " + source.type, source.language,
                     "must be a language's English name or its code of ISO 639-1, such as german or de");
}

using std::chrono::milliseconds;

std::vector<Link> links_of(const pg::Result& rows, int row) {
  const auto types = rows.get_array<std::string>(row, 5);
  const auto ids = rows.get_array<Uuid>(row, 6);
  const auto edges = rows.get_array<std::string>(row, 7);
  const auto weights = rows.get_array<double>(row, 8);
  std::vector<Link> links;
  for (std::size_t index = 0; index < types.size(); ++index) {
    if (types[index].empty() || ids[index] == Uuid{}) {
      throw InvalidInput(fmt::format("links[{}]", index), types[index], "needs source_type and source_id");
    }
    links.push_back({.source_type = types[index],
                     .source_id = ids[index],
                     .edge_type = edges[index],
                     .weight = weights[index]});
  }
  return links;
}

class SqlSourceFetcher final : public SourceFetcher {
 public:
  SqlSourceFetcher(const std::vector<SqlSource>& sources, const SqlSourceOptions& options)
      : timeout_(options.timeout) {
    constexpr milliseconds longest = std::chrono::weeks(1);
    if (timeout_ < milliseconds(1) || timeout_ > longest) {
      throw InvalidInput("source_timeout", fmt::format("{} ms", timeout_.count()),
                         "must be from 1 ms to a week");
    }
    for (const SqlSource& source : sources) {
      validate(Request{.source = {.organization_id = {}, .source_type = source.type, .source_id = {}}});
      if (pg::without_end(source.query).empty()) {
        throw InvalidInput("query of source " + source.type, source.query, "must not be empty");
      }
      check_language(source);
      sources_.insert_or_assign(
          source.type, Source{.query = pg::wrapped(source.query, source.language), .format = source.format});
    }
  }

  [[nodiscard]] std::vector<Document> fetch(pg_conn* connection, const Uuid& organization_id,
                                            std::string_view source_type,
                                            std::span<const Uuid> source_ids) const override {
    const auto source = sources_.find(source_type);
    if (source == sources_.end()) throw unknown(source_type);
    const pg::Result rows = run(connection, organization_id, source_type, source_ids);
    const std::set<Uuid> wanted(source_ids.begin(), source_ids.end());
    std::set<Uuid> seen;
    std::vector<Document> documents;
    for (int row = 0; row < rows.rows(); ++row) {
      if (rows.null(row, 0)) throw wrong_row(source_type, "an id that is NULL");
      const Uuid id = rows.get<Uuid>(row, 0);
      if (!wanted.contains(id)) throw unasked(connection, organization_id, source_type, id);
      if (!seen.insert(id).second) throw wrong_row(source_type, fmt::format("id {} twice", id.to_string()));
      const auto format = rows.maybe<std::string>(row, 10);
      documents.push_back({.source = {.organization_id = organization_id,
                                      .source_type = std::string(source_type),
                                      .source_id = id},
                           .title = rows.get<std::string>(row, 1),
                           .body = rows.get<std::string>(row, 2),
                           .format = format ? parse_text_format(*format) : source->second.format,
                           .visibility = rows.maybe<std::string>(row, 3).value_or(""),
                           .metadata = rows.maybe<std::string>(row, 4).value_or(""),
                           .language = rows.get<std::string>(row, 9),
                           .links = links_of(rows, row)});
    }
    return documents;
  }

 private:
  static Error wrong_row(std::string_view source_type, const std::string& what) {
    return {Fault::job, fmt::format("the query of source '{}' returned {}", source_type, what)};
  }

  /// The type's fault where its query returns rows whatever is asked for.
  [[nodiscard]] Error unasked(pg_conn* connection, const Uuid& organization_id, std::string_view source_type,
                              const Uuid& id) const {
    const Uuid nothing;
    const bool returns_any = run(connection, organization_id, source_type, {&nothing, 1}).rows() > 0;
    return {
        returns_any ? Fault::setup : Fault::job,
        fmt::format("the query of source '{}' returned id {}, which was not asked for; it needs WHERE id = "
                    "ANY ($2)",
                    source_type, id.to_string())};
  }

  [[nodiscard]] pg::Result run(pg_conn* connection, const Uuid& organization_id, std::string_view source_type,
                               std::span<const Uuid> source_ids) const {
    const std::string& query = sources_.find(source_type)->second.query;
    try {
      if (!pg::idle(connection)) return pg::query_rows(connection, query, organization_id, source_ids);
      return pg::query_rows(connection, query, organization_id, source_ids, limits());
    } catch (const Error& error) {
      if (error.sqlstate().empty() || !pg::idle(connection)) throw failed(source_type, error, error.fault());
      throw failed(source_type, error, fault_of(connection, query, error, source_ids.size() == 1));
    }
  }

  [[nodiscard]] pg::QueryLimits limits() const {
    constexpr milliseconds longest_lock_wait{1'000};
    return {.statement = timeout_, .lock = std::min(timeout_, longest_lock_wait)};
  }

  /// The type's where the query fails also for a row that does not exist, of no organization. A single row
  /// that takes too long, or meets what is missing, may be like all others of its type.
  [[nodiscard]] Fault fault_of(pg_conn* connection, const std::string& query, const Error& error,
                               bool single) const {
    const Fault fault = pg::classify(error.sqlstate());
    const bool waited = error.sqlstate() == query_canceled || error.sqlstate() == lock_not_available;
    if (fault == Fault::outage && !waited) return fault;
    const pg::QueryLimits shorter{.statement = std::max(timeout_ / 2, milliseconds(1)),
                                  .lock = std::min(timeout_, milliseconds(300))};
    const Uuid nothing;
    try {
      (void)pg::query_rows(connection, query, nothing, {&nothing, 1}, shorter);
      return single ? fault : Fault::job;
    } catch (const Error&) {
      if (!pg::idle(connection)) return Fault::outage;
      return fault == Fault::outage ? Fault::outage : Fault::setup;
    }
  }

  [[nodiscard]] Error failed(std::string_view source_type, const Error& error, Fault fault) const {
    std::string message = fmt::format("the query of source '{}' failed: {}", source_type, error.what());
    if (error.sqlstate() == query_canceled) {
      message += fmt::format("; its time limit is {} s", std::chrono::duration<double>(timeout_).count());
    }
    return {fault, message, error.sqlstate()};
  }

  [[nodiscard]] Error unknown(std::string_view source_type) const {
    std::string known;
    for (const auto& [type, source] : sources_) known += (known.empty() ? "" : ", ") + type;
    return {Fault::job, fmt::format("source_type '{}': this worker knows only {}", source_type, known)};
  }

  static constexpr std::string_view query_canceled = "57014";  // by a time limit
  static constexpr std::string_view lock_not_available = "55P03";

  struct Source {
    std::string query;
    TextFormat format;
  };

  milliseconds timeout_;
  std::map<std::string, Source, std::less<>> sources_;
};

}  // namespace

std::vector<SqlSource> builtin_sources() {
  return {{.type = "ticket", .query = std::string(sql::source_ticket)},
          {.type = "kb", .query = std::string(sql::source_kb)},
          {.type = "asset", .query = std::string(sql::source_asset)}};
}

std::shared_ptr<const SourceFetcher> make_sql_source_fetcher(const std::vector<SqlSource>& sources,
                                                             SqlSourceOptions options) {
  return std::make_shared<SqlSourceFetcher>(sources, options);
}

}  // namespace ragqueue
