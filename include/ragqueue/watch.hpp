#pragma once

#include <span>
#include <string>
#include <vector>

#include "ragqueue/export.hpp"
#include "ragqueue/log.hpp"
#include "ragqueue/table_source.hpp"

struct pg_conn;

namespace ragqueue {

/// What stands in the database against what the sources say, for one source type.
struct WatchDifference {
  std::string source_type;
  std::string message;  ///< Names the table.
};

/// The SQL by which changes of the tables of those sources whose `watch` is set become requests, a statement
/// each, in order: for each table a trigger function, and triggers for INSERT, UPDATE, DELETE and TRUNCATE on
/// it and on its partitions. A function runs with the rights of the owner of ragqueue's tables, in the
/// transaction of whoever writes, appends requests, and waits for nobody. An UPDATE asks for those rows of
/// which a column that is read has changed, or that `where` lets in or out. Only reads. Throws InvalidInput
/// for a table or column that is not there, and for a view that is to be watched without `depends`.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<std::string> watch_statements(pg_conn* connection,
                                                                        std::span<const TableSource> sources);

/// Runs them in one transaction, as the owner of ragqueue's tables and of those that are watched, or as
/// superuser; functions of these sources that are no longer wanted go. Idempotent. Whoever writes to a table
/// waits half a second at most; `log` hears who holds it. Tries each condition first, so that no writer meets
/// one that is wrong. Throws Error, and then nothing was changed.
RAGQUEUE_EXPORT void watch(pg_conn* connection, std::span<const TableSource> sources, const Log& log = {});

/// The SQL that takes the triggers and functions of this source type away; of all where it is empty. Only
/// reads.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<std::string> unwatch_statements(pg_conn* connection,
                                                                          const std::string& source_type);

/// Runs them in one transaction, as watch() does. Returns how many there were.
RAGQUEUE_EXPORT std::size_t unwatch(pg_conn* connection, const std::string& source_type, const Log& log = {});

/// Where what is installed is not what the sources ask for: a table that is not followed, or not as the file
/// says, a partition without triggers, a trigger that is disabled, a table that lost a column, a source that
/// is followed and not marked. Empty when all is well. Only reads.
[[nodiscard]] RAGQUEUE_EXPORT std::vector<WatchDifference> watch_differences(
    pg_conn* connection, std::span<const TableSource> sources);

}  // namespace ragqueue
