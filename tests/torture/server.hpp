#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "child.hpp"
#include "local/installation.hpp"
#include "local/server_account.hpp"

namespace ragqueue::torture {

enum class Shutdown { fast, immediate };

/// One PostgreSQL of a pair. What it has acknowledged survives everything but the machine's own end: it does
/// not wait for disks.
class Server {
 public:
  /// `directory` is the server's to use, and holds its socket.
  explicit Server(std::filesystem::path directory);

  /// A new cluster.
  void create();
  /// A streaming replica of `primary`, which runs.
  void copy(const Server& primary);
  /// Takes data and all away.
  void remove();

  /// Returns when it takes connections. Throws Error (Fault::setup) with the end of its log.
  void start();
  /// Returns when it has ended.
  void stop(Shutdown how);
  [[nodiscard]] bool running() { return postmaster_.running(); }

  [[nodiscard]] const std::string& conninfo() const { return conninfo_; }
  [[nodiscard]] std::filesystem::path socket() const { return directory_ / ".s.PGSQL.5432"; }

 private:
  void execute(std::vector<std::string> arguments) const;

  std::filesystem::path directory_;
  std::filesystem::path data_ = directory_ / "data", log_ = directory_ / "log";
  local::Installation installation_;
  std::optional<local::ServerAccount> account_;
  std::string conninfo_;
  Child postmaster_;
};

}  // namespace ragqueue::torture
