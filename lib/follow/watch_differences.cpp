#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "db/statement.hpp"
#include "follow/watch_plan.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/watch.hpp"

namespace ragqueue {

namespace {

constexpr std::string_view cure = "; run: rag_worker watch";

class Comparison {
 public:
  explicit Comparison(pg_conn* connection)
      : connection_(connection),
        functions_(installed_functions(connection)),
        triggers_(installed_triggers(connection)) {}

  void compare(const TableSource& source) {
    if (!source.watch) return say_if_followed(source);
    try {
      const std::vector<WatchFunction> wanted = watch_functions(connection_, source);
      for (const WatchFunction& function : wanted) compare(source, function);
      say_what_is_left(source, wanted);
    } catch (const Error& error) {
      if (error.fault() == Fault::outage) throw;
      say(source.type, error.what());
    }
  }

  void add_faults() {
    const pg::Result rows =
        pg::execute(connection_, "SELECT source_type::text, message, since::text FROM rag_watch_faults");
    for (int row = 0; row < rows.rows(); ++row) {
      say(rows.get<std::string>(row, 0),
          fmt::format("since {} its changes are not followed: {}; mend the source, run rag_worker watch, "
                      "and enqueue what has changed since",
                      rows.get<std::string>(row, 2), rows.get<std::string>(row, 1)));
    }
  }

  [[nodiscard]] std::vector<WatchDifference> differences() && { return std::move(differences_); }

 private:
  void say(const std::string& type, std::string message) {
    differences_.push_back({.source_type = type, .message = std::move(message)});
  }

  void say_if_followed(const TableSource& source) {
    if (std::ranges::find(functions_, source.type, &InstalledFunction::source_type) == functions_.end())
      return;
    say(source.type, fmt::format("{} is followed, though its source has no watch = true; run: rag_worker "
                                 "unwatch --type {}",
                                 source.table, source.type));
  }

  void say_what_is_left(const TableSource& source, const std::vector<WatchFunction>& wanted) {
    for (const InstalledFunction& function : functions_) {
      if (function.source_type != source.type ||
          std::ranges::find(wanted, function.name, &WatchFunction::name) != wanted.end())
        continue;
      const auto trigger = std::ranges::find(triggers_, function.name, &InstalledTrigger::function);
      say(source.type, fmt::format("{} is followed, though the source does not name it any more{}",
                                   trigger == triggers_.end() ? "a table" : trigger->relation, cure));
    }
  }

  void compare(const TableSource& source, const WatchFunction& function) {
    const std::string& table = function.table.full_name;
    const auto found = std::ranges::find(functions_, function.name, &InstalledFunction::name);
    if (found == functions_.end())
      return say(source.type, fmt::format("{} is not followed yet{}", table, cure));
    if (found->body != function.body)
      say(source.type, fmt::format("{} is followed in another way than the source says now{}", table, cure));
    for (const std::string& relation : function.table.relations) compare_triggers(source, function, relation);
  }

  void compare_triggers(const TableSource& source, const WatchFunction& function,
                        const std::string& relation) {
    std::size_t standing = 0;
    bool enabled = true;
    for (const InstalledTrigger& trigger : triggers_) {
      if (trigger.function != function.name || trigger.relation != relation) continue;
      ++standing;
      enabled = enabled && trigger.enabled;
    }
    if (standing < watch_events().size())
      say(source.type, fmt::format("{} has not all of its triggers{}", relation, cure));
    if (!enabled)
      say(source.type, fmt::format("{} has a trigger that is disabled: ALTER TABLE {} ENABLE TRIGGER USER",
                                   relation, relation));
  }

  pg_conn* connection_;
  std::vector<InstalledFunction> functions_;
  std::vector<InstalledTrigger> triggers_;
  std::vector<WatchDifference> differences_;
};

}  // namespace

std::vector<WatchDifference> watch_differences(pg_conn* connection, std::span<const TableSource> sources) {
  Comparison comparison(connection);
  for (const TableSource& source : sources) comparison.compare(source);
  comparison.add_faults();
  return std::move(comparison).differences();
}

}  // namespace ragqueue
