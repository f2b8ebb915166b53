#include "testing/temporary_cluster.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "local/server.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::testing {
namespace {

namespace fs = std::filesystem;
using local::Command;
using local::Descriptor;
using local::Installation;
using local::Pipe;
using local::ServerAccount;

/// Makes the cluster and starts its server, waits until the caller closes its end of standard input, by
/// intent or by dying, and leaves nothing behind. Descriptor 3 is open as long as the server lives, 4 as long
/// as this script does. SIGTERM goes ahead of SIGQUIT for a server so young that it ignores the latter, as
/// background jobs of a shell do at first.
constexpr const char* watcher = R"sh(
directory=$1 initdb=$2 initdb_options=$3 postgres=$4
shift 4
server=
if "$initdb" -D "$directory/data" --no-sync $initdb_options >"$directory/log" 2>&1 3>&- 4>&-; then
  "$postgres" "$@" >>"$directory/log" 2>&1 4>&- &
  server=$!
fi
exec 3>&-
while read -r line; do :; done
if [ -n "$server" ]; then
  kill -TERM "$server"
  kill -QUIT "$server"
  wait "$server"
fi
rm -rf "$directory"
)sh";

// These run with the rights of the server's account.

bool usable(const fs::path& directory) {
  return directory.is_absolute() && directory.string().size() < local::longest_socket_directory - 20 &&
         access(directory.c_str(), W_OK | X_OK) == 0;
}

fs::path make_directory() {
  const char* wish = std::getenv("TMPDIR");
  const fs::path parent = wish != nullptr && usable(wish) ? wish : "/tmp";
  std::string name = parent / "ragqueue-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    throw Error(Fault::setup, "cannot make a directory in " + parent.string() + ": " +
                                  std::generic_category().message(errno));
  }
  return fs::canonical(name);
}

Command watcher_command(const fs::path& directory, const Installation& installation) {
  std::string options;
  for (const char* option : local::initdb_options) options.append(option).append(" ");
  Command command{{"/bin/sh", "-c", watcher, "ragqueue-postgres", directory.string(),
                   installation.program("initdb"), options, installation.program("postgres")},
                  {}};
  for (std::string& option : local::server_options(directory / "data", directory))
    command.arguments.push_back(option);
  for (const char* setting : {"max_connections=200", "shared_buffers=64MB", "fsync=off",
                              "synchronous_commit=off", "full_page_writes=off"}) {
    command.arguments.insert(command.arguments.end(), {"-c", setting});
  }
  return command;
}

class TemporaryCluster : public local::Cluster {
 public:
  TemporaryCluster()
      : installation_(tested_installation()),
        account_(local::server_account()),
        directory_(local::as_account(account_, make_directory)),
        conninfo_(local::conninfo_of(directory_)) {
    try {
      local::as_account(account_, [this] { start(); });
    } catch (...) {
      finish();
      throw;
    }
  }
  ~TemporaryCluster() override { finish(); }

  [[nodiscard]] const Installation& installation() const override { return installation_; }
  [[nodiscard]] const std::string& conninfo() const override { return conninfo_; }
  [[nodiscard]] bool started() const noexcept override { return true; }
  void stop() override { finish(); }

 private:
  void start() {
    Pipe life = local::make_pipe(), alive = local::make_pipe(), done = local::make_pipe();
    const Descriptor nothing = local::open_file("/dev/null", O_WRONLY);
    local::start_detached(watcher_command(directory_, installation_),
                          std::array{life.read_end.get(), nothing.get(), nothing.get(), alive.write_end.get(),
                                     done.write_end.get()});
    life_ = std::move(life.write_end);
    done_ = std::move(done.read_end);
    alive.write_end.close();
    local::wait_until_ready(directory_ / "data", directory_ / "log", alive.read_end.get());
    local::execute(installation_, conninfo_, "CREATE EXTENSION IF NOT EXISTS vector");
  }

  /// Lets the watcher go on, and waits for its end. A forked copy of the owner has no say in it.
  void finish() noexcept {
    if (getpid() != owner_) return;
    life_.close();
    char byte = 0;
    while (done_.get() >= 0 && read(done_.get(), &byte, 1) < 0 && errno == EINTR) {
    }
    done_.close();
  }

  Installation installation_;
  std::optional<ServerAccount> account_;
  fs::path directory_;
  std::string conninfo_;
  pid_t owner_ = getpid();
  Descriptor life_;  ///< The watcher waits for its end.
  Descriptor done_;  ///< Ends with the watcher.
};

}  // namespace

Installation tested_installation() {
  const char* wish = std::getenv("RAGQUEUE_TEST_POSTGRES");
  const std::string_view release = wish == nullptr ? "" : wish;
  if (release.empty()) return local::find_installation();
  int major = 0;
  const char* const end = release.data() + release.size();
  if (const auto [rest, error] = std::from_chars(release.data(), end, major);
      error != std::errc{} || rest != end)
    throw Error(Fault::setup, "RAGQUEUE_TEST_POSTGRES must be a release of PostgreSQL such as 17 but is '" +
                                  std::string(release) + "'");
  return local::find_installation(major);
}

std::unique_ptr<local::Cluster> make_temporary_cluster() {
  return std::make_unique<TemporaryCluster>();
}

}  // namespace ragqueue::testing
