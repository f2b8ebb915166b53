#include "schema/locked_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "ragqueue/error.hpp"
#include "schema/sql.hpp"

namespace ragqueue::pg {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto pause = 1s;
constexpr auto look_again_after = 100ms;
constexpr auto say_after = 2s;
constexpr auto say_again_after = 30s;
constexpr auto give_up_after = 10min;

/// statement_timeout, not lock_timeout: that one counts for each table anew. And a deadlock with somebody who
/// takes the tables in another order is found only after a second.
bool lock(pg_conn* transaction, std::span<const std::string> tables, std::string_view mode) {
  try {
    execute_script(transaction, "SET LOCAL statement_timeout = '500ms'");
    execute_script(transaction,
                   fmt::format("LOCK TABLE ONLY {} IN {} MODE", fmt::join(tables, ", ONLY "), mode));
    execute_script(transaction, "SET LOCAL statement_timeout = 0");
    return true;
  } catch (const Error& error) {
    constexpr std::string_view query_canceled = "57014", lock_not_available = "55P03", deadlock = "40P01";
    if (error.sqlstate() == query_canceled || error.sqlstate() == lock_not_available ||
        error.sqlstate() == deadlock)
      return false;
    throw;
  }
}

/// Nothing where nobody holds them. With `before`, only whoever began before that and does more than read.
std::optional<std::string> find_holders(pg_conn* connection, std::span<const std::string> tables,
                                        const std::optional<std::string>& before) {
  return execute(connection, sql::lock_holders, Params().add_array(tables).add(before))
      .maybe<std::string>(0, 0);
}

std::string holders(pg_conn* connection, std::span<const std::string> tables) {
  return find_holders(connection, tables, std::nullopt).value_or("nobody holds them now");
}

void with_lock(pg_conn* connection, std::span<const std::string> tables, std::string_view mode,
               const Log& log, const std::function<void()>& work) {
  const auto begin = Clock::now();
  auto say_at = begin + say_after;
  for (;;) {
    {
      Transaction transaction(connection, Timeouts::none);
      if (tables.empty() || lock(connection, tables, mode)) {
        work();
        return transaction.commit();
      }
    }
    if (Clock::now() > begin + give_up_after) {
      throw Error(Fault::setup,
                  fmt::format("the tables could not be locked for {} minutes, and nothing was "
                              "changed; {}",
                              std::chrono::minutes(give_up_after).count(), holders(connection, tables)));
    }
    if (Clock::now() >= say_at && log) {
      log({LogLevel::warning, "waiting to lock the tables; " + holders(connection, tables), {}});
      say_at = Clock::now() + say_again_after;
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

void await_writers(pg_conn* connection, const std::string& table, const Log& log) {
  const std::array<std::string, 1> tables{table};
  const std::string now = execute(connection, "SELECT clock_timestamp()::text").get<std::string>(0, 0);
  const auto begin = Clock::now();
  auto say_at = begin + say_after;
  while (Clock::now() < begin + give_up_after) {
    const auto holding = find_holders(connection, tables, now);
    if (!holding) return;
    if (Clock::now() >= say_at && log) {
      log({LogLevel::warning, fmt::format("waiting to build an index on {}; {}", table, *holding), {}});
      say_at = Clock::now() + say_again_after;
    }
    std::this_thread::sleep_for(look_again_after);
  }
}

void with_locked_tables(pg_conn* connection, std::span<const std::string> tables, const Log& log,
                        const std::function<void()>& work) {
  with_lock(connection, tables, "ACCESS EXCLUSIVE", log, work);
}

void with_tables_locked_for_writers(pg_conn* connection, std::span<const std::string> tables, const Log& log,
                                    const std::function<void()>& work) {
  with_lock(connection, tables, "SHARE ROW EXCLUSIVE", log, work);
}

void with_locked_schema(pg_conn* connection, const Log& log, const std::function<void()>& work) {
  const std::array<std::string, 1> schema{"rag_schema"};
  with_lock(connection, schema, "SHARE ROW EXCLUSIVE", log, work);
}

void shut_out_workers(pg_conn* transaction) {
  execute_script(transaction, "LOCK TABLE rag_workers IN SHARE ROW EXCLUSIVE MODE");
  const auto living =
      execute(transaction, "SELECT count(*) FROM rag_workers WHERE heartbeat_at + lease > clock_timestamp()")
          .get<std::int64_t>(0, 0);
  if (living == 0) return;
  throw Error(Fault::setup, fmt::format("{} workers are running; stop them first", living));
}

}  // namespace ragqueue::pg
