#include "local/server_account.hpp"

#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <system_error>
#include <thread>

#include "ragqueue/error.hpp"

namespace ragqueue::local {
namespace {

constexpr gid_t nogroup = 65534;

std::optional<ServerAccount> find_account(const char* name) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return ServerAccount{name, entry.pw_uid, entry.pw_gid};
}

/// Leaves the calling thread no way back. The C library's own functions would change the other threads too;
/// for the kernel, rights are a thread's.
void become(const ServerAccount& account) {
  if (syscall(SYS_setgroups, 0, nullptr) != 0 ||
      syscall(SYS_setresgid, account.gid, account.gid, account.gid) != 0 ||
      syscall(SYS_setresuid, account.uid, account.uid, account.uid) != 0) {
    throw Error(Fault::setup,
                "cannot become user " + account.name + ": " + std::generic_category().message(errno));
  }
  // The thread shares root's memory, so no debugger of that account may enter. The kernel sees to it by
  // itself, unless it was told to let programs that change their user dump core.
  prctl(PR_SET_DUMPABLE, 0);
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

ServerAccount account_of(uid_t uid) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return {std::to_string(uid), uid, nogroup};
  return {entry.pw_name, uid, entry.pw_gid};
}

void run_as(const ServerAccount& account, const std::function<void()>& work) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      become(account);
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ragqueue::local
