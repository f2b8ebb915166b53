#include "local/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "local/root_path.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::local {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const fs::path& path) {
  throw Error(Fault::setup, what + " " + path.string() + ": " + std::generic_category().message(errno));
}

uid_t owner_of(const Descriptor& directory, const fs::path& path) {
  struct stat status {};
  if (fstat(directory.get(), &status) != 0) fail("cannot look at", path);
  return status.st_uid;
}

/// Any name in the directory; empty if there is none.
std::string some_entry(const Descriptor& directory, const fs::path& path) {
  const int again = openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(again < 0 ? nullptr : fdopendir(again), closedir);
  if (!listing) fail("cannot read", path);
  while (const dirent* entry = readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return std::string(name);
  }
  return "";
}

void give(const Descriptor& directory, const ServerAccount& account, const fs::path& path) {
  const Descriptor handle(openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.get() < 0 || fchmod(handle.get(), S_IRWXU) != 0 ||
      fchown(handle.get(), account.uid, account.gid) != 0) {
    fail("cannot give to user " + account.name, path);
  }
}

/// Run as the account.
void check_reachable(const fs::path& path, const std::optional<ServerAccount>& account) {
  fs::path way;
  for (const fs::path& name : path) {
    way /= name;
    if (access(way.c_str(), X_OK) == 0) continue;
    if (errno == ENOENT) return;
    throw Error(Fault::setup,
                "PostgreSQL cannot work in " + path.string() + ": " +
                    (account ? "started by root it runs as user " + account->name + ", who" : "this user") +
                    " may not enter " + way.string() + ". Choose another directory" +
                    (account ? ", such as one below /var/lib" : ""));
  }
}

/// Whose directory it is, to whom it was given where that is needed.
ServerAccount resolve_owner(const Descriptor& directory, const ServerAccount& account, const fs::path& path) {
  const uid_t owner = owner_of(directory, path);
  if (owner == account.uid) return account;
  const std::string entry = some_entry(directory, path);
  if (entry.empty()) {
    give(directory, account, path);
    return account;
  }
  if (owner != 0) return account_of(owner);
  throw Error(Fault::setup, path.string() + " is root's, so it holds no cluster, but is not empty (it has " +
                                entry + "): choose another directory");
}

ClusterDirectory make_as_root(const fs::path& path, const ServerAccount& account) {
  Descriptor directory = open_directory_as_root(path, Missing::leave);
  if (directory.get() < 0) {
    run_as(account, [&] { check_reachable(path.parent_path(), account); });
    directory = open_directory_as_root(path, Missing::make);
  }
  const ServerAccount owner = resolve_owner(directory, account, path);
  run_as(owner, [&] { check_reachable(path, owner); });  // the umask may have closed what was made
  return {path, owner};
}

ClusterDirectory make_as_user(const fs::path& path) {
  check_reachable(path.parent_path(), {});
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw Error(Fault::setup, "cannot make " + path.string() + ": " + error.message());
  return {path, {}};
}

/// Absolute, and without a slash at the end.
fs::path plain_path(const fs::path& wish) {
  return fs::absolute(wish / "data").parent_path();
}

}  // namespace

ClusterDirectory make_cluster_directory(const fs::path& wish) {
  const auto account = server_account();
  return account ? make_as_root(plain_path(wish), *account) : make_as_user(plain_path(wish));
}

std::optional<ClusterDirectory> find_cluster_directory(const fs::path& wish) {
  const fs::path path = plain_path(wish);
  if (!server_account()) {
    std::error_code unreachable;
    return fs::is_directory(path, unreachable) ? std::optional(ClusterDirectory{path, {}}) : std::nullopt;
  }
  const Descriptor directory = open_directory_as_root(path, Missing::leave);
  if (directory.get() < 0) return {};
  const uid_t owner = owner_of(directory, path);
  if (owner == 0) return {};
  return ClusterDirectory{path, account_of(owner)};
}

void give_to_server(const fs::path& directory, const std::optional<ServerAccount>& account) {
  const Descriptor handle(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (handle.get() < 0 || fchmod(handle.get(), S_IRWXU) != 0) fail("cannot close to others", directory);
  if (account) give(handle, *account, directory);
}

}  // namespace ragqueue::local
