#pragma once

#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>

#include "ragqueue/testing/postgres.hpp"
#include "support/temporary_directory.hpp"

namespace ragqueue::testing {

/// Stops the persistent PostgreSQL in a directory, if one runs there, however the test ends.
class StopAtEnd {
 public:
  explicit StopAtEnd(std::filesystem::path cluster) : cluster_(std::move(cluster)) {}
  ~StopAtEnd() {
    try {
      if (std::filesystem::exists(cluster_ / "data" / "postmaster.pid")) PrivatePostgres(cluster_).stop();
    } catch (const std::exception& error) {
      std::cerr << "not stopped: " << error.what() << '\n';
    }
  }
  StopAtEnd(const StopAtEnd&) = delete;
  StopAtEnd& operator=(const StopAtEnd&) = delete;

 private:
  std::filesystem::path cluster_;
};

/// A directory for one persistent PostgreSQL, which is stopped before its files are removed.
class ClusterDirectory {
 public:
  explicit ClusterDirectory(const std::string& name = "ragqueue",
                            const std::filesystem::path& parent = std::filesystem::temp_directory_path())
      : directory_(name, parent) {}

  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  StopAtEnd server_{directory_.path()};
};

}  // namespace ragqueue::testing
