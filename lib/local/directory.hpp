#pragma once

#include <filesystem>
#include <optional>

#include "local/server_account.hpp"

namespace ragqueue::local {

/// Where a cluster lives, and with whose rights all is done there; without an account, with the caller's own.
struct ClusterDirectory {
  std::filesystem::path path;
  std::optional<ServerAccount> account;
};

/// Makes the directory where it is missing. Root gives it to the server's account if it is empty; one that
/// belongs to somebody else stays his, and he the one who runs the server. Throws Error (Fault::setup) that
/// says what is wrong with it.
[[nodiscard]] ClusterDirectory make_cluster_directory(const std::filesystem::path& wish);

/// Changes nothing; nothing if no cluster can be there.
[[nodiscard]] std::optional<ClusterDirectory> find_cluster_directory(const std::filesystem::path& wish);

/// Makes a directory, which may not be a link, the account's own, and nobody else's to enter.
void give_to_server(const std::filesystem::path& directory, const std::optional<ServerAccount>& account);

}  // namespace ragqueue::local
