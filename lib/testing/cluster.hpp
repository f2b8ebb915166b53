#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "testing/installation.hpp"

namespace ragqueue::testing {

/// A private server that answers.
class Cluster {
 public:
  Cluster() = default;
  virtual ~Cluster() = default;
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  [[nodiscard]] virtual const Installation& installation() const = 0;
  [[nodiscard]] virtual const std::string& conninfo() const = 0;
  [[nodiscard]] virtual bool started() const noexcept = 0;
  virtual void stop() = 0;
};

/// Ends with the object and with the process.
[[nodiscard]] std::unique_ptr<Cluster> make_temporary_cluster();

/// Keeps running until it is stopped.
[[nodiscard]] std::unique_ptr<Cluster> open_persistent_cluster(const std::filesystem::path& directory);

}  // namespace ragqueue::testing
