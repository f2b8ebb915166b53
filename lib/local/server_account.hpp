#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace ragqueue::local {

/// Whom a server runs as that root may not run itself.
struct ServerAccount {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// `postgres`, or `nobody` without it, when the caller is root; nothing for anybody else, who runs the server
/// as himself.
[[nodiscard]] std::optional<ServerAccount> server_account();

/// The account with this number, which is its name too where the machine knows no other.
[[nodiscard]] ServerAccount account_of(uid_t uid);

/// Runs `work` in a thread of its own that has the account's rights and no others, and waits for its end.
/// What `work` throws is thrown here. The caller must be root.
void run_as(const ServerAccount& account, const std::function<void()>& work);

/// The same for work with a result. Without an account the caller does it himself.
template <class Work>
std::invoke_result_t<Work> as_account(const std::optional<ServerAccount>& account, const Work& work) {
  if (!account) return work();
  if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
    run_as(*account, work);
  } else {
    std::optional<std::invoke_result_t<Work>> result;
    run_as(*account, [&] { result.emplace(work()); });
    return *std::move(result);
  }
}

}  // namespace ragqueue::local
