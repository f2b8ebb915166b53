#include "database.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <ragqueue/testing/postgres.hpp>

#include "report.hpp"

namespace rag_worker {

using ragqueue::testing::PrivatePostgres;

std::string open_database(const Settings& settings) {
  if (settings.local.empty()) return settings.database;
  const PrivatePostgres server{std::filesystem::path(settings.local)};
  if (server.started()) {
    report(fmt::format("started PostgreSQL in {}; stop it with: rag_worker --local {} stop", settings.local,
                       settings.local));
  }
  return server.conninfo();
}

void stop_local_database(const Settings& settings) {
  if (settings.local.empty()) throw UsageError("stop needs --local DIR");
  if (!std::filesystem::exists(std::filesystem::path(settings.local) / "data")) {
    throw UsageError(fmt::format("--local {}: there is no PostgreSQL of ours in it", settings.local));
  }
  PrivatePostgres(std::filesystem::path(settings.local)).stop();
}

}  // namespace rag_worker
