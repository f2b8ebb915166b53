#include "testing/server_account.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "ragqueue/error.hpp"

namespace ragqueue::testing {
namespace {

std::optional<ServerAccount> find_account(const char* name) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return ServerAccount{name, entry.pw_uid, entry.pw_gid};
}

}  // namespace

std::optional<ServerAccount> server_account() {
  if (geteuid() != 0) return {};
  for (const char* name : {"postgres", "nobody"}) {
    if (auto account = find_account(name)) return account;
  }
  throw Error(Fault::setup,
              "PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody");
}

void give_to_server(const std::filesystem::path& directory, const std::optional<ServerAccount>& account) {
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  if (account && chown(directory.c_str(), account->uid, account->gid) != 0) {
    throw Error(Fault::setup, "cannot give " + directory.string() + " to user " + account->name + ": " +
                                  std::generic_category().message(errno));
  }
}

}  // namespace ragqueue::testing
