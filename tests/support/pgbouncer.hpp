#pragma once

#include <sys/types.h>

#include <string>

#include "support/temporary_directory.hpp"

namespace ragqueue::testing {

/// A PgBouncer before a database of the tests' server, gone with this object.
class Pgbouncer {
 public:
  /// `mode`: session, transaction or statement. `server_directory` is that of the server's Unix socket.
  Pgbouncer(const std::string& mode, const std::string& server_directory, const std::string& database);
  ~Pgbouncer();
  Pgbouncer(const Pgbouncer&) = delete;
  Pgbouncer& operator=(const Pgbouncer&) = delete;

  [[nodiscard]] std::string conninfo() const;

 private:
  TemporaryDirectory directory_{"pgbouncer"};
  std::string database_;
  pid_t pid_ = -1;
};

}  // namespace ragqueue::testing
