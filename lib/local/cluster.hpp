#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "local/installation.hpp"

namespace ragqueue::local {

/// A private server that answers.
class Cluster {
 public:
  Cluster() = default;
  virtual ~Cluster() = default;
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  [[nodiscard]] virtual const Installation& installation() const = 0;
  /// For the database `postgres` as its superuser.
  [[nodiscard]] virtual const std::string& conninfo() const = 0;
  /// true when this object started the server.
  [[nodiscard]] virtual bool started() const noexcept = 0;
  /// Stops the server (fast shutdown) and waits. Safe to call twice.
  virtual void stop() = 0;
};

/// Starts the cluster in `directory`, creating it if needed, or finds it running. It keeps running until it
/// is stopped. Throws Error (Fault::setup) that says what to install, what the server said, or what is wrong
/// with the directory.
[[nodiscard]] std::unique_ptr<Cluster> open_persistent_cluster(const std::filesystem::path& directory);

/// Stops the cluster in `directory`, if it runs, and waits. Returns false if there is no cluster.
bool stop_persistent_cluster(const std::filesystem::path& directory);

}  // namespace ragqueue::local
