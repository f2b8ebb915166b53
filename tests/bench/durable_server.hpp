#pragma once

#include <unistd.h>

#include <filesystem>

#include "ragqueue/testing/postgres.hpp"

namespace ragqueue::bench {

/// A server as people run it: commits are flushed. Gone, with its files, when the measurement ends.
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
  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("ragqueue-bench-" + std::to_string(getpid()));

 public:
  testing::PrivatePostgres postgres{directory_};
};

}  // namespace ragqueue::bench
