#pragma once

#include <string>

#include "options.hpp"

namespace rag_worker {

/// The connection string of the settings. With --local, the private server runs then; if it had to be
/// started, standard error tells how to stop it.
[[nodiscard]] std::string open_database(const Settings& settings);

/// Stops the private server of --local. Throws UsageError without --local, or when its directory does not
/// exist.
void stop_local_database(const Settings& settings);

}  // namespace rag_worker
