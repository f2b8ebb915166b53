#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "db/statement.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/testing/postgres.hpp"

namespace ragqueue::bench {

/// A server as people run it: commits are flushed, and a quarter of the memory is its own, as PostgreSQL's
/// manual advises. Gone, with its files, when the measurement ends.
class DurableServer {
 public:
  ~DurableServer() {
    postgres.stop();
    std::error_code left;
    std::filesystem::remove_all(directory_, left);
  }
  DurableServer() = default;
  DurableServer(const DurableServer&) = delete;
  DurableServer& operator=(const DurableServer&) = delete;

 private:
  /// The cluster, set up and stopped.
  static std::filesystem::path configured(const std::filesystem::path& directory) {
    testing::PrivatePostgres fresh(directory);
    const long quarter = sysconf(_SC_PHYS_PAGES) / 4 * (sysconf(_SC_PAGESIZE) / 1024);
    pg::execute_script(Connection(fresh.conninfo()).get(),
                       "ALTER SYSTEM SET shared_buffers = '" + std::to_string(quarter) + "kB'");
    fresh.stop();
    return directory;
  }

  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("ragqueue-bench-" + std::to_string(getpid()));

 public:
  testing::PrivatePostgres postgres{configured(directory_)};
};

}  // namespace ragqueue::bench
