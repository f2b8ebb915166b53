#include "db/session_state.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "db/sql.hpp"

namespace ragqueue::pg {

namespace {

/// What changes the meaning, the reach or the limits of later statements.
constexpr std::array<std::string_view, 20> watched{
    "search_path",
    "role",
    "session_authorization",
    "app.current_org",
    "row_security",
    "session_replication_role",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "default_transaction_deferrable",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
    "synchronous_commit",
    "client_encoding",
    "standard_conforming_strings",
    "TimeZone",
    "DateStyle",
    "IntervalStyle",
    "default_text_search_config",
};

std::string changed_setting(const SessionState& before, const SessionState& after) {
  if (before.backend != after.backend) return {};  // a pooler's, or new: it tells nothing
  for (std::size_t index = 0; index < watched.size(); ++index) {
    if (before.settings[index] != after.settings[index]) {
      return fmt::format("changed {} from '{}' to '{}'", watched[index], before.settings[index],
                         after.settings[index]);
    }
  }
  return {};
}

/// What needs no question to the server.
std::string left_open(pg_conn* connection) {
  if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF) return "left the connection in pipeline mode";
  if (PQisnonblocking(connection) != 0) return "left the connection in non-blocking mode";
  if (PQtransactionStatus(connection) == PQTRANS_ACTIVE) return "left a COPY or a query under way";
  return {};
}

}  // namespace

std::span<const std::string_view> watched_settings() {
  return watched;
}

SessionState session_of(const Result& rows, int first_column) {
  return {.backend = rows.get<std::int32_t>(0, first_column + 1),
          .transaction = rows.maybe<std::string>(0, first_column).value_or(""),
          .settings = rows.get_array<std::string>(0, first_column + 2)};
}

SessionState read_session(pg_conn* connection) {
  return session_of(execute(connection, sql::session_state, Params().add_array(watched)), 0);
}

std::string change_of(pg_conn* connection, const SessionState& before) {
  if (!usable(connection)) return {};
  if (std::string left = left_open(connection); !left.empty()) return left;
  if (!idle(connection)) return "left a transaction open";
  return changed_setting(before, read_session(connection));
}

std::string change_in_transaction(pg_conn* connection, const SessionState& before) {
  if (!usable(connection)) return {};
  if (std::string left = left_open(connection); !left.empty()) return left;
  if (idle(connection)) return "ended the transaction";
  if (PQtransactionStatus(connection) == PQTRANS_INERROR) {
    return "swallowed the error of a statement, after which the transaction can only be rolled back";
  }
  const SessionState after = read_session(connection);
  if (after.transaction != before.transaction) return "ended the transaction and began another";
  return changed_setting(before, after);
}

bool is_spoiled_in_transaction(pg_conn* connection) {
  return usable(connection) && (!left_open(connection).empty() || idle(connection));
}

}  // namespace ragqueue::pg
