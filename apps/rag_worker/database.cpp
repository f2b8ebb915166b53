#include "database.hpp"

#include <fmt/format.h>

#include "local/cluster.hpp"
#include "report.hpp"

namespace rag_worker {

std::string open_database(const Settings& settings) {
  if (settings.local.empty()) return settings.database;
  const auto cluster = ragqueue::local::open_persistent_cluster(settings.local);
  if (cluster->started()) {
    report(fmt::format("started PostgreSQL in {}; stop it with: rag_worker --local {} stop", settings.local,
                       settings.local));
  }
  return cluster->conninfo();
}

void stop_local_database(const Settings& settings) {
  if (settings.local.empty()) throw UsageError("stop needs --local DIR");
  if (!ragqueue::local::stop_persistent_cluster(settings.local)) {
    throw UsageError(fmt::format("--local {}: there is no PostgreSQL of ours in it", settings.local));
  }
}

}  // namespace rag_worker
