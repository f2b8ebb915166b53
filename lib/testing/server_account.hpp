#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace ragqueue::testing {

/// Whom a server runs as that root may not run itself.
struct ServerAccount {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// `postgres`, or `nobody` without it, when the caller is root; nothing for anybody else, who runs the server
/// as himself.
[[nodiscard]] std::optional<ServerAccount> server_account();

/// Makes `directory` the server's own, and nobody else's to enter.
void give_to_server(const std::filesystem::path& directory, const std::optional<ServerAccount>& account);

}  // namespace ragqueue::testing
