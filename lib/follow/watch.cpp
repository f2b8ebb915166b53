#include "ragqueue/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "follow/names.hpp"
#include "follow/sql.hpp"
#include "follow/watch_plan.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/schema.hpp"
#include "schema/locked_tables.hpp"

namespace ragqueue {

namespace {

constexpr std::string_view quote = "$rag_watch$";

std::string trigger_statement(const WatchHome& home, const WatchFunction& function, const WatchEvent& event,
                              const std::string& relation) {
  return fmt::format("CREATE OR REPLACE TRIGGER {}_{} {} ON {}{} FOR EACH STATEMENT EXECUTE FUNCTION {}.{}()",
                     function.name, event.suffix, event.clause, relation, event.transition, home.schema,
                     function.name);
}

void add_statements(const WatchHome& home, const TableSource& source, const WatchFunction& function,
                    std::vector<std::string>& statements) {
  const std::string name = fmt::format("{}.{}()", home.schema, function.name);
  statements.push_back(
      fmt::format("CREATE OR REPLACE FUNCTION {} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET "
                  "search_path = {}, pg_temp AS {}{}{}",
                  name, home.schema, quote, function.body, quote));
  statements.push_back(fmt::format("COMMENT ON FUNCTION {} IS {}", name,
                                   quoted_text(fmt::format("ragqueue source {}", source.type))));
  statements.push_back(fmt::format("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC", name));
  if (!home.is_ours) statements.push_back(fmt::format("ALTER FUNCTION {} OWNER TO {}", name, home.owner));
  for (const std::string& relation : function.table.relations) {
    for (const WatchEvent& event : watch_events())
      statements.push_back(trigger_statement(home, function, event, relation));
  }
  statements.push_back(fmt::format("DELETE FROM {}.rag_watch_faults WHERE source_type = {}", home.schema,
                                   quoted_text(source.type)));
}

void drop_statements(const WatchHome& home, const std::string& function,
                     const std::vector<InstalledTrigger>& triggers, std::vector<std::string>& statements) {
  for (const InstalledTrigger& trigger : triggers) {
    if (trigger.function == function)
      statements.push_back(fmt::format("DROP TRIGGER {} ON {}", trigger.name, trigger.relation));
  }
  statements.push_back(fmt::format("DROP FUNCTION {}.{}()", home.schema, function));
}

struct Plan {
  std::vector<std::string> statements;
  std::vector<std::string> trials;     ///< That plan what writers will run.
  std::vector<std::string> relations;  ///< To be locked.
};

Plan plan_of(pg_conn* connection, std::span<const TableSource> sources) {
  const WatchHome home = watch_home(connection);
  const std::vector<InstalledFunction> installed = installed_functions(connection);
  const std::vector<InstalledTrigger> triggers = installed_triggers(connection);
  Plan plan;
  std::set<std::string> relations;
  for (const TableSource& source : sources) {
    if (!source.watch) continue;
    std::set<std::string> wanted;
    for (const WatchFunction& function : watch_functions(connection, source)) {
      if (function.body.find(quote) != std::string::npos)
        throw InvalidInput("where of source " + source.type, source.where, "must not have $rag_watch$");
      add_statements(home, source, function, plan.statements);
      plan.trials.push_back(function.trial);
      wanted.insert(function.name);
      relations.insert(function.table.relations.begin(), function.table.relations.end());
    }
    for (const InstalledFunction& other : installed) {
      if (other.source_type == source.type && !wanted.contains(other.name))
        drop_statements(home, other.name, triggers, plan.statements);
    }
  }
  plan.relations.assign(relations.begin(), relations.end());
  return plan;
}

void require_owner(const WatchHome& home) {
  if (home.may_act_for_it) return;
  throw Error(Fault::setup,
              fmt::format("triggers run with the rights of {}, who owns ragqueue's tables: run this as that "
                          "role or as superuser, or have one of them run what --print shows",
                          home.owner));
}

/// As writers will run them, with the search path of the functions.
void try_conditions(pg_conn* transaction, const WatchHome& home, const std::vector<std::string>& trials) {
  for (const std::string& trial : trials) {
    pg::execute_script(transaction, fmt::format("SET LOCAL search_path = {}, pg_temp", home.schema));
    try {
      pg::execute(transaction, "EXPLAIN " + trial);
    } catch (const Error& error) {
      if (error.fault() == Fault::outage) throw;
      throw Error(
          Fault::setup,
          fmt::format("changes could not be followed by this: {}; nothing was changed. What a condition "
                      "names outside pg_catalog needs its schema before it: {}",
                      error.what(), trial),
          error.sqlstate());
    }
  }
}

}  // namespace

std::vector<std::string> watch_statements(pg_conn* connection, std::span<const TableSource> sources) {
  require_schema(connection);
  return plan_of(connection, sources).statements;
}

void watch(pg_conn* connection, std::span<const TableSource> sources, const Log& log) {
  require_schema(connection);
  const WatchHome home = watch_home(connection);
  require_owner(home);
  const Plan plan = plan_of(connection, sources);
  if (watch_differences(connection, sources).empty()) return;
  pg::with_tables_locked_for_writers(connection, plan.relations, log, [&] {
    try_conditions(connection, home, plan.trials);
    for (const std::string& statement : plan.statements) pg::execute_script(connection, statement);
  });
}

std::vector<std::string> unwatch_statements(pg_conn* connection, const std::string& source_type) {
  require_schema(connection);
  const WatchHome home = watch_home(connection);
  const std::vector<InstalledTrigger> triggers = installed_triggers(connection);
  std::vector<std::string> statements;
  for (const InstalledFunction& function : installed_functions(connection)) {
    if (source_type.empty() || function.source_type == source_type)
      drop_statements(home, function.name, triggers, statements);
  }
  return statements;
}

std::size_t unwatch(pg_conn* connection, const std::string& source_type, const Log& log) {
  const std::vector<std::string> statements = unwatch_statements(connection, source_type);
  require_owner(watch_home(connection));
  std::set<std::string> functions, relations;
  for (const InstalledFunction& function : installed_functions(connection)) {
    if (source_type.empty() || function.source_type == source_type) functions.insert(function.name);
  }
  for (const InstalledTrigger& trigger : installed_triggers(connection)) {
    if (functions.contains(trigger.function)) relations.insert(trigger.relation);
  }
  const std::vector<std::string> tables(relations.begin(), relations.end());
  pg::with_locked_tables(connection, tables, log, [&] {
    for (const std::string& statement : statements) pg::execute_script(connection, statement);
    pg::execute(connection, "DELETE FROM rag_watch_faults WHERE $1 = '' OR source_type = $1",
                pg::Params().add(source_type));
  });
  return functions.size();
}

}  // namespace ragqueue
