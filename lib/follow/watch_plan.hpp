#pragma once

#include <span>
#include <string>
#include <vector>

#include "follow/watch_function.hpp"

struct pg_conn;

namespace ragqueue {

/// Where ragqueue's own tables are; names as SQL writes them.
struct WatchHome {
  std::string schema;
  std::string owner;
  bool is_ours = false;         ///< Whether the connection's role is that owner,
  bool may_act_for_it = false;  ///< or can do what that owner can.
};

[[nodiscard]] WatchHome watch_home(pg_conn* connection);

/// The functions that the source asks for. Throws InvalidInput.
[[nodiscard]] std::vector<WatchFunction> watch_functions(pg_conn* connection, const TableSource& source);

struct InstalledFunction {
  std::string name;
  std::string body;
  std::string source_type;
};
struct InstalledTrigger {
  std::string function;
  std::string name;      ///< As SQL writes it,
  std::string relation;  ///< like this.
  bool enabled = true;
};

[[nodiscard]] std::vector<InstalledFunction> installed_functions(pg_conn* connection);
[[nodiscard]] std::vector<InstalledTrigger> installed_triggers(pg_conn* connection);

/// One of the four triggers of a function.
struct WatchEvent {
  std::string_view suffix;  ///< Of the trigger's name.
  std::string_view clause;  ///< Before and after the table's name.
  std::string_view transition;
};
[[nodiscard]] std::span<const WatchEvent> watch_events();

}  // namespace ragqueue
