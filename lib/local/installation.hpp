#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace ragqueue::local {

/// The programs of one PostgreSQL release on this machine.
struct Installation {
  std::filesystem::path programs;  ///< Directory of initdb, postgres, psql.
  int major = 0;

  [[nodiscard]] std::string program(const char* name) const { return (programs / name).string(); }
};

/// The newest installed server with pgvector, or the one of release `major`.
/// Throws Error (Fault::setup) that says what to install.
[[nodiscard]] Installation find_installation(std::optional<int> major = {});

}  // namespace ragqueue::local
