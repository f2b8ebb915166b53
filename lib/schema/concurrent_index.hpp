#pragma once

#include <span>
#include <string>
#include <vector>

#include "ragqueue/log.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// An index of ours that is not there.
struct MissingIndex {
  std::string name;
  std::string table;
  std::string statement;  ///< Its CREATE, with {} where CONCURRENTLY may stand.
  bool on_ours = false;   ///< Whether it names a column that only ragqueue has.
};

/// In the order in which they are to be made.
[[nodiscard]] std::vector<MissingIndex> missing_indexes(pg_conn* connection,
                                                        std::span<const std::string> tables);

/// In the open transaction.
void create_index(pg_conn* transaction, const MissingIndex& index);

/// While others read and write; returns once it stands, by whomever it is built. Throws Error (Fault::setup)
/// when it cannot be built, and then nothing of it is left.
/// `log` hears who keeps it waiting.
void create_index_concurrently(pg_conn* connection, const MissingIndex& index, const Log& log);

void drop_index_concurrently(pg_conn* connection, const std::string& name);

}  // namespace ragqueue::pg
