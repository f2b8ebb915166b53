#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/statement.hpp"

namespace ragqueue::pg {

/// What an extension point must leave as it found it on the consumer's connection.
struct SessionState {
  std::int32_t backend = 0;
  std::string transaction{};  ///< Its id; empty where none was given.
  std::vector<std::string> settings{};
};

[[nodiscard]] SessionState read_session(pg_conn* connection);

/// What was done to an idle connection, such as "left a transaction open"; empty if nothing. A connection
/// that is lost, or that a pooler lends, tells of no settings.
[[nodiscard]] std::string change_of(pg_conn* connection, const SessionState& before);

/// The same inside a transaction.
[[nodiscard]] std::string change_in_transaction(pg_conn* connection, const SessionState& before);

/// Whether a failed call left more behind than a failed transaction, which a rollback ends.
[[nodiscard]] bool is_spoiled_in_transaction(pg_conn* connection);

/// The names of the settings, in the order of SessionState::settings, for statements that return them.
[[nodiscard]] std::span<const std::string_view> watched_settings();
/// From the first row, and three columns as session_state.sql has them.
[[nodiscard]] SessionState session_of(const Result& rows, int first_column);

}  // namespace ragqueue::pg
