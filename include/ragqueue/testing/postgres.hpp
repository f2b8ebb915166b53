#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

namespace ragqueue::testing {

/// A private PostgreSQL cluster: own directory, unix socket only, trust authentication for whoever can reach
/// the socket's directory. Uses the newest installed server that has pgvector, or that of the release which
/// the environment variable RAGQUEUE_TEST_POSTGRES names (`17`). As root, the server runs as `postgres`, or
/// `nobody` without it.
///
/// Constructors throw Error (Fault::setup) that says what to install, or what the server said. Objects can be
/// made by any thread, also at once; one object is used by one thread at a time.
class RAGQUEUE_EXPORT PrivatePostgres {
 public:
  /// A cluster in a new temporary directory, durable in nothing; gone with this object, and also when the
  /// process dies in any way.
  PrivatePostgres();
  /// Starts the cluster in `directory`, creating it if needed, or finds it running. It keeps running after
  /// this object, until stop().
  explicit PrivatePostgres(const std::filesystem::path& directory);
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  /// For the database `postgres` as its superuser.
  [[nodiscard]] std::string conninfo() const;
  /// Creates an empty schema and returns a connection string whose search path is that schema, then public.
  /// pgvector is in public.
  [[nodiscard]] std::string new_schema();
  /// true when this object started the server.
  [[nodiscard]] bool started() const noexcept;

  /// Stops the server (fast shutdown) and waits. Safe to call twice.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ragqueue::testing
