#include "schema/examine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/schema.hpp"
#include "schema/binding.hpp"
#include "schema/sql.hpp"

namespace ragqueue::pg {

namespace {

std::vector<std::string> column_of(const Result& rows) {
  std::vector<std::string> values;
  for (int row = 0; row < rows.rows(); ++row) values.push_back(rows.get<std::string>(row, 0));
  return values;
}

/// What keeps the queue, and the tables of the index, from being adopted.
std::vector<std::string> obstacles(pg_conn* connection, const Plan& plan) {
  std::vector<std::string> found = column_of(execute(connection, sql::examine::index));
  if (std::ranges::find(plan.adopted, "rag_index_queue") == plan.adopted.end()) return found;
  std::vector<std::string> of_queue = column_of(execute(connection, sql::examine::queue));
  if (of_queue.empty()) of_queue = column_of(execute(connection, sql::examine::queue_rows));
  for (const std::string& obstacle : of_queue) found.push_back("rag_index_queue: " + obstacle);
  return found;
}

void refuse(const std::vector<std::string>& found) {
  if (found.empty()) return;
  throw Error(Fault::setup,
              fmt::format("the tables that stand cannot be adopted, and nothing was changed: {}",
                          fmt::join(found, "; ")));
}

/// What uninstall would leave, as far as that is known beforehand.
void describe_remains(pg_conn* connection, Plan& plan) {
  if (execute(connection, "SELECT count(*) = 0 FROM pg_extension WHERE extname = 'vector'").get<bool>(0, 0))
    plan.findings.emplace_back(
        "the extension vector is created in this database; an uninstall leaves it, since other tables may "
        "use it");
  if (plan.adopted.empty()) return;
  plan.findings.emplace_back(
      "an uninstall gives these tables their definition back, and leaves their rows as they are by then: "
      "what was "
      "indexed anew or dropped meanwhile does not turn back, and a column stays wider where a value needs "
      "it");
}

void describe(pg_conn* connection, Plan& plan) {
  for (const std::string& table : plan.adopted) {
    const auto rows =
        execute(connection, fmt::format("SELECT count(*) FROM {}", table)).get<std::int64_t>(0, 0);
    plan.findings.push_back(fmt::format("{} stands with {} rows and is adopted", table, rows));
  }
  const Result limited = execute(connection, sql::limited_columns);
  for (int row = 0; row < limited.rows(); ++row) {
    if (limited.null(row, 0)) plan.findings.push_back(limited.get<std::string>(row, 1));
  }
  if (std::ranges::find(plan.adopted, "rag_index_queue") != plan.adopted.end())
    std::ranges::copy(column_of(execute(connection, sql::examine::queue_findings)),
                      std::back_inserter(plan.findings));
  std::ranges::copy(
      column_of(execute(connection, sql::examine::access_findings, Params().add_array(plan.adopted))),
      std::back_inserter(plan.findings));
  if (std::ranges::find(plan.adopted, "rag_chunks") != plan.adopted.end())
    plan.findings.emplace_back(
        "rag_chunks: from now on a chunk that is not ragqueue's own must say adopted = true; without it, "
        "one that lacks a token_count or terms is refused");
  if (std::ranges::find(plan.adopted, "rag_documents") == plan.adopted.end()) return;
  plan.findings.emplace_back(
      "every source that has a document is indexed anew in the background, behind fresh requests; until then "
      "its old chunks stay readable");
}

}  // namespace

int installed_version(pg_conn* connection) {
  const Result schema = execute(connection,
                                "SELECT current_schema()::text, to_regclass(quote_ident(current_schema()) || "
                                "'.rag_schema') IS NOT NULL");
  if (schema.null(0, 0))
    throw Error(Fault::setup, "the connection's search_path names no schema that exists");
  if (!schema.get<bool>(0, 1)) return 0;
  const auto version =
      execute(connection, "SELECT coalesce(max(version), 0) FROM rag_schema").get<std::int32_t>(0, 0);
  if (version <= schema_version()) return version;
  throw Error(
      Fault::setup,
      fmt::format("the database has ragqueue schema {}, but this program knows only up to {}; "
                  "use a newer rag_worker. (A schema from before the first release cannot be brought up "
                  "to date: drop its tables, then: rag_worker init)",
                  version, schema_version()));
}

Plan examine(pg_conn* connection, const Embedder& embedder) {
  require_indexable(embedder);
  Plan plan;
  plan.version = installed_version(connection);
  if (plan.version != 0) return plan;
  plan.adopted = column_of(execute(connection, sql::standing_tables));
  std::vector<std::string> found = obstacles(connection, plan);
  refuse(found);
  describe(connection, plan);
  const Result vectors = execute(connection, sql::examine::vectors,
                                 Params().add(static_cast<std::int32_t>(embedder.dimension())));
  for (int row = 0; row < vectors.rows(); ++row) {
    if (vectors.get<bool>(row, 0)) refuse({"rag_chunks: " + vectors.get<std::string>(row, 1)});
    plan.findings.push_back(vectors.get<std::string>(row, 1));
  }
  describe_remains(connection, plan);
  return plan;
}

}  // namespace ragqueue::pg
