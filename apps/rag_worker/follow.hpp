#pragma once

#include <nlohmann/json.hpp>
#include <ragqueue/watch.hpp>
#include <string>
#include <vector>

#include "options.hpp"

struct pg_conn;

namespace rag_worker {

/// Installs the triggers of the sources that say so, or prints their SQL.
void watch(const Invocation& invocation);

/// Takes triggers away, or prints the SQL.
void unwatch(const Invocation& invocation);

/// Of the table sources that are marked, which are followed as they say.
struct FollowedTables {
  std::vector<std::string> types;
  std::vector<ragqueue::WatchDifference> differences;
};

[[nodiscard]] FollowedTables followed_tables(const Invocation& invocation, pg_conn* connection);
[[nodiscard]] nlohmann::ordered_json followed_document(const FollowedTables& followed);
[[nodiscard]] std::string followed_text(const FollowedTables& followed);

}  // namespace rag_worker
