#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/embedder.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// What `init` finds, and means to do.
struct Plan {
  int version = 0;                    ///< Of the schema that stands; 0: none.
  std::vector<std::string> adopted;   ///< Tables that stand already and are taken over.
  std::vector<std::string> findings;  ///< A sentence each, for whoever runs init.
};

/// Only reads. Throws Error (Fault::setup), with the cure, where what stands cannot be taken over.
[[nodiscard]] Plan examine(pg_conn* connection, const Embedder& embedder);

/// 0: there is none. Throws Error (Fault::setup) when it is none that this program can work with or bring up
/// to date.
[[nodiscard]] int installed_version(pg_conn* connection);

}  // namespace ragqueue::pg
