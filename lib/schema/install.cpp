#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/schema.hpp"
#include "schema/binding.hpp"
#include "schema/complete.hpp"
#include "schema/concurrent_index.hpp"
#include "schema/examine.hpp"
#include "schema/locked_tables.hpp"
#include "schema/sql.hpp"
#include "schema/text_version.hpp"

namespace ragqueue {

namespace {

void create_pgvector(pg_conn* connection) {
  try {
    pg::execute(connection, "CREATE EXTENSION IF NOT EXISTS vector");
  } catch (const Error& error) {
    if (error.fault() == Fault::outage) throw;
    throw Error(
        Fault::setup,
        fmt::format(
            "pgvector cannot be used in this database: {}. Install pgvector on the database server (Debian: "
            "postgresql-NN-pgvector), have a superuser run CREATE EXTENSION vector, then: rag_worker init",
            error.what()),
        error.sqlstate());
  }
}

bool adopts(const pg::Plan& plan, std::string_view table) {
  return std::ranges::find(plan.adopted, table) != plan.adopted.end();
}

/// Indexes over adopted tables that must not be built in a transaction, which would keep everybody waiting;
/// if what follows fails they go again.
class Preparation {
 public:
  Preparation(pg_conn* connection, const pg::Plan& plan, const Log& log) : connection_(connection) {
    try {
      for (const pg::MissingIndex& index : pg::missing_indexes(connection, plan.adopted)) {
        if (index.on_ours) continue;
        built_.push_back(index.name);
        pg::create_index_concurrently(connection, index, log);
      }
    } catch (const std::exception&) {
      undo();
      throw;
    }
  }
  ~Preparation() {
    if (!kept_) undo();
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  void keep() { kept_ = true; }

 private:
  void undo() noexcept {
    try {
      for (const std::string& name : built_) pg::drop_index_concurrently(connection_, name);
    } catch (const std::exception&) {
      // They are in nobody's way, and the next init finds them.
      built_.clear();
    }
  }

  pg_conn* connection_;
  std::vector<std::string> built_;
  bool kept_ = false;
};

void create_or_adopt(pg_conn* transaction, const pg::Plan& plan) {
  struct Table {
    std::string_view name;
    std::string_view create;
    std::string_view adopt;
  };
  const std::array tables{
      Table{"rag_index_queue", sql::tables::queue, sql::adopt::queue},
      Table{"rag_documents", sql::tables::documents, sql::adopt::documents},
      Table{"rag_chunks", sql::tables::chunks, sql::adopt::chunks},
      Table{"rag_nodes", sql::tables::nodes, sql::adopt::nodes},
      Table{"rag_edges", sql::tables::edges, sql::adopt::edges},
  };
  pg::execute(transaction, sql::record_adopted, pg::Params().add_array(plan.adopted));
  for (const Table& table : tables)
    pg::execute_script(transaction, std::string(adopts(plan, table.name) ? table.adopt : table.create));
  const pg::Result limited = pg::execute(transaction, sql::limited_columns);
  for (int row = 0; row < limited.rows(); ++row) {
    if (!limited.null(row, 0)) pg::execute_script(transaction, limited.get<std::string>(row, 0));
  }
  pg::execute_script(transaction, std::string(sql::tables::queue_archive));
  if (adopts(plan, "rag_index_queue"))
    pg::execute_script(transaction, std::string(sql::adopt::queue_archive));
}

/// Of what was created; what was adopted got those that it needs before (Preparation), or gets them later
/// (complete.hpp).
void create_indexes(pg_conn* transaction, const pg::Plan& plan) {
  std::vector<std::string> created;
  for (const std::string_view table :
       {"rag_index_queue", "rag_documents", "rag_chunks", "rag_nodes", "rag_edges"}) {
    if (!adopts(plan, table)) created.emplace_back(table);
  }
  for (const pg::MissingIndex& index : pg::missing_indexes(transaction, created))
    pg::create_index(transaction, index);
  pg::execute_script(transaction, std::string(sql::primary_keys));
}

/// Their text names the queue's columns, of which its owner may have added some.
void define_functions(pg_conn* transaction) {
  for (const std::string_view function : sql::functions::all)
    pg::execute_script(transaction, std::string(function));
}

/// In the open transaction: all, or nothing.
void install(pg_conn* transaction, const Embedder& embedder, const pg::Plan& plan) {
  create_pgvector(transaction);
  // The first that is ours: another init waits here until this one is through.
  pg::execute_script(transaction, std::string(sql::tables::schema));
  require_pgvector(transaction);
  pg::execute(transaction, sql::pin_search_path);
  pg::execute_script(transaction, std::string(sql::tables::records));
  // The tables refer to these.
  for (const std::string_view function :
       {sql::functions::rag_job_id, sql::functions::rag_check_request,
        sql::functions::rag_current_organization, sql::functions::rag_take_defaults})
    pg::execute_script(transaction, std::string(function));
  create_or_adopt(transaction, plan);
  create_indexes(transaction, plan);
  pg::bind(transaction, embedder);
  pg::execute_script(transaction, std::string(sql::constraints));
  pg::execute_script(transaction, std::string(sql::keep_access));
  pg::execute_script(transaction, std::string(sql::policies));
  define_functions(transaction);
  pg::execute(transaction, sql::record_version, pg::Params().add(std::int32_t{schema_version()}));
}

/// What another program made meanwhile stands in the way of ours: then its schema is the one to work with.
bool was_overtaken(pg_conn* connection, const Error& error) {
  constexpr std::string_view duplicate_table = "42P07", unique_violation = "23505";
  return (error.sqlstate() == duplicate_table || error.sqlstate() == unique_violation) &&
         pg::installed_version(connection) == schema_version();
}

void install_once(pg_conn* connection, const Embedder& embedder, const pg::Plan& plan, const Log& log) {
  Preparation preparation(connection, plan, log);
  try {
    pg::with_locked_tables(connection, plan.adopted, log, [&] { install(connection, embedder, plan); });
  } catch (const Error& error) {
    if (error.fault() == Fault::outage || !was_overtaken(connection, error)) throw;
  }
  preparation.keep();
}

/// What a schema of this version gets anew at each init.
void refresh(pg_conn* connection, const Embedder& embedder, const Log& log) {
  pg::with_locked_schema(connection, log, [&] {
    pg::require_binding(*pg::current_binding(connection), embedder);
    pg::execute(connection, sql::pin_search_path);
    define_functions(connection);
  });
}

}  // namespace

std::vector<std::string> examine_schema(pg_conn* connection, const Embedder& embedder) {
  return pg::limited(connection, [&] { return pg::examine(connection, embedder).findings; });
}

void create_or_upgrade_schema(pg_conn* connection, const Embedder& embedder, const Log& log) {
  const pg::Plan plan = pg::limited(connection, [&] { return pg::examine(connection, embedder); });
  if (log) {
    for (const std::string& finding : plan.findings) log({LogLevel::info, finding, {}});
  }
  if (plan.version == 0) install_once(connection, embedder, plan, log);
  refresh(connection, embedder, log);
  pg::complete(connection, log);
  pg::request_read_before(connection, log);
}

}  // namespace ragqueue
