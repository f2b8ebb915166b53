#include "follow.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <ragqueue/connection.hpp>
#include <ragqueue/error.hpp>

#include "database.hpp"
#include "print.hpp"
#include "report.hpp"
#include "text.hpp"

namespace rag_worker {

namespace {

using ragqueue::Connection;

std::vector<std::string> watched_types(const Invocation& invocation) {
  std::vector<std::string> types;
  for (const ragqueue::TableSource& source : invocation.tables) {
    if (source.watch) types.push_back(source.type);
  }
  return types;
}

ragqueue::Log tell_who_is_waited_for() {
  return [](const ragqueue::LogEntry& entry) { report(entry.message); };
}

void print_statements(const Invocation& invocation, const std::vector<std::string>& statements) {
  print(invocation.settings.json, {{"statements", statements}},
        statements.empty() ? "" : fmt::format("BEGIN;\n{};\nCOMMIT;\n", fmt::join(statements, ";\n")));
}

}  // namespace

void watch(const Invocation& invocation) {
  const std::vector<std::string> types = watched_types(invocation);
  if (types.empty())
    throw UsageError(
        "no source is marked: give a table [source.NAME] of the configuration file the key watch = true");
  const Connection connection(open_database(invocation.settings));
  if (invocation.watch.print)
    return print_statements(invocation, ragqueue::watch_statements(connection.get(), invocation.tables));
  ragqueue::watch(connection.get(), invocation.tables, tell_who_is_waited_for());
  print(invocation.settings.json, {{"watched", types}},
        fmt::format("changes are followed from now on of {}\n", fmt::join(types, ", ")));
}

void unwatch(const Invocation& invocation) {
  const UnwatchArguments& arguments = invocation.unwatch;
  if (arguments.source_type.has_value() == arguments.all)
    throw UsageError("unwatch needs --type, or else --all");
  const std::string type = arguments.source_type.value_or("");
  const Connection connection(open_database(invocation.settings));
  if (arguments.print)
    return print_statements(invocation, ragqueue::unwatch_statements(connection.get(), type));
  const std::size_t count = ragqueue::unwatch(connection.get(), type, tell_who_is_waited_for());
  print(invocation.settings.json, {{"unwatched", count}},
        fmt::format("{} tables no longer followed\n", count));
}

FollowedTables followed_tables(const Invocation& invocation, pg_conn* connection) {
  return {.types = watched_types(invocation),
          .differences = ragqueue::watch_differences(connection, invocation.tables)};
}

nlohmann::ordered_json followed_document(const FollowedTables& followed) {
  auto differences = nlohmann::ordered_json::array();
  for (const auto& difference : followed.differences)
    differences.push_back({{"source_type", difference.source_type}, {"message", difference.message}});
  return {{"watched", followed.types}, {"watch_differences", std::move(differences)}};
}

std::string followed_text(const FollowedTables& followed) {
  std::string text;
  if (!followed.types.empty()) text = fmt::format("watched  {}\n", fmt::join(followed.types, ", "));
  for (const auto& difference : followed.differences) {
    text += fmt::format("  {}: {}\n", one_line(difference.source_type), one_line(difference.message));
  }
  return text;
}

}  // namespace rag_worker
