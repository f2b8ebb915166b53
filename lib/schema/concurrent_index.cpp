#include "schema/concurrent_index.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "schema/locked_tables.hpp"
#include "schema/sql.hpp"

namespace ragqueue::pg {

namespace {

std::string state_of(pg_conn* connection, const MissingIndex& index) {
  return execute(connection, sql::index_state, Params().add(index.name)).get<std::string>(0, 0);
}

/// Whether it stands now; false: somebody else began it meanwhile.
bool try_to_create(pg_conn* connection, const MissingIndex& index, const Log& log) {
  constexpr std::string_view duplicate_table = "42P07", unique_violation = "23505";
  await_writers(connection, index.table, log);
  try {
    execute_script(connection, fmt::format(fmt::runtime(index.statement), "CONCURRENTLY"));
    return true;
  } catch (const Error& error) {
    if (error.fault() == Fault::outage) throw;
    if (error.sqlstate() == duplicate_table) return false;
    drop_index_concurrently(connection, index.name);
    const std::string_view cure =
        error.sqlstate() == unique_violation ? ". Remove the duplicates, then: rag_worker init" : "";
    throw Error(Fault::setup,
                fmt::format("the index {} cannot be built: {}{}", index.name, error.what(), cure),
                error.sqlstate());
  }
}

}  // namespace

std::vector<MissingIndex> missing_indexes(pg_conn* connection, std::span<const std::string> tables) {
  const Result rows = execute(connection, sql::missing_indexes, Params().add_array(tables));
  std::vector<MissingIndex> missing;
  for (int row = 0; row < rows.rows(); ++row) {
    missing.push_back({.name = rows.get<std::string>(row, 0),
                       .table = rows.get<std::string>(row, 3),
                       .statement = rows.get<std::string>(row, 1),
                       .on_ours = rows.get<bool>(row, 2)});
  }
  return missing;
}

void create_index(pg_conn* transaction, const MissingIndex& index) {
  execute_script(transaction, fmt::format(fmt::runtime(index.statement), ""));
}

void create_index_concurrently(pg_conn* connection, const MissingIndex& index, const Log& log) {
  for (;;) {
    const std::string state = state_of(connection, index);
    if (state == "ready") return;
    if (state == "broken") drop_index_concurrently(connection, index.name);
    if (state == "building") std::this_thread::sleep_for(std::chrono::milliseconds(200));
    if (state == "absent" && try_to_create(connection, index, log)) return;
  }
}

void drop_index_concurrently(pg_conn* connection, const std::string& name) {
  execute_script(connection, "DROP INDEX CONCURRENTLY IF EXISTS " + name);
}

}  // namespace ragqueue::pg
