#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <system_error>
#include <thread>

#include "ragqueue/error.hpp"
#include "testing/cluster.hpp"
#include "testing/server.hpp"

namespace ragqueue::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* unfinished_name = "data.unfinished";

/// Keeps other processes from starting or stopping the same cluster. Ends with the descriptor.
Descriptor lock(const fs::path& directory) {
  Descriptor handle = open_file(directory.string(), O_RDONLY | O_DIRECTORY);
  while (flock(handle.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      throw Error(Fault::setup,
                  "cannot lock " + directory.string() + ": " + std::generic_category().message(errno));
    }
  }
  return handle;
}

void check_reachable(const fs::path& parent, const std::optional<ServerAccount>& account) {
  fs::path existing = parent;
  std::error_code ignored;
  while (!fs::exists(existing, ignored)) existing = existing.parent_path();
  if (run({{"/usr/bin/test", "-x", existing.string()}, account}).exit_code == 0) return;
  throw Error(Fault::setup,
              "PostgreSQL cannot work below " + parent.string() + ": " +
                  (account ? "started by root it runs as user " + account->name + ", who" : "this user") +
                  " may not enter " + existing.string() + ". Choose another directory" +
                  (account ? ", such as one below /var/lib" : ""));
}

/// Whoever owns the cluster already, else whom a new one will belong to.
std::optional<ServerAccount> account_for(const fs::path& data) {
  std::optional<ServerAccount> account = server_account();
  struct stat status {};
  if (account && stat(data.c_str(), &status) == 0 && status.st_uid != account->uid) {
    account = ServerAccount{std::to_string(status.st_uid), status.st_uid, status.st_gid};
  }
  return account;
}

/// Makes `directory` unless it is there, and returns its path without links.
fs::path make_directory(const fs::path& directory, const std::optional<ServerAccount>& account) {
  check_reachable(directory.parent_path(), account);
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) throw Error(Fault::setup, "cannot make " + directory.string() + ": " + error.message());
  check_reachable(directory.parent_path(), account);  // the umask may have closed what was made
  return fs::canonical(directory);
}

/// A cluster takes an empty directory, and what an interrupted start left in it.
void check_free(const fs::path& directory) {
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename() == unfinished_name) continue;
    throw Error(Fault::setup, directory.string() + " holds no cluster, but is not empty (it has " +
                                  entry.path().filename().string() + "): choose another directory");
  }
}

void make_data(const fs::path& directory, const Installation& installation,
               const std::optional<ServerAccount>& account) {
  check_free(directory);
  give_to_server(directory, account);
  const fs::path unfinished = directory / unfinished_name;
  fs::remove_all(unfinished);
  Command initdb{{installation.program("initdb"), "-D", unfinished.string()}, account};
  initdb.arguments.insert(initdb.arguments.end(), initdb_options.begin(), initdb_options.end());
  if (const Outcome outcome = run(initdb); outcome.exit_code != 0) {
    throw Error(Fault::setup, "initdb failed in " + directory.string() + ":\n" + outcome.output);
  }
  std::ofstream(unfinished / "postgresql.conf", std::ios::app) << "\nmax_connections = 200\n";
  fs::rename(unfinished, directory / "data");
}

std::optional<int> release_of_data(const fs::path& data) {
  int major = 0;
  return std::ifstream(data / "PG_VERSION") >> major ? std::optional(major) : std::nullopt;
}

/// The cluster's own directory, or a short one where its path does not fit a socket's address.
fs::path socket_directory_for(const fs::path& directory, const std::optional<ServerAccount>& account) {
  if (directory.string().size() <= longest_socket_directory) return directory;
  std::string name = "/tmp/ragqueue-XXXXXX";
  if (mkdtemp(name.data()) == nullptr)
    throw Error(Fault::setup, "cannot make a directory in /tmp for the socket");
  give_to_server(name, account);
  return name;
}

/// Replaces the number of a server that has died, which a zombie or another program may have now, by one that
/// no process can have. The rest stays: by it PostgreSQL sees whether a process of the dead server still uses
/// its memory.
void disown_pid_file(const fs::path& path) {
  constexpr int above_all_pids = (1 << 22) + 1;  // Linux's PID_MAX_LIMIT
  std::string number, rest;
  std::ifstream file(path);
  std::getline(file, number);
  std::getline(file, rest, '\0');
  std::ofstream(path) << above_all_pids << "\n" << rest;
}

PidFile start_server(const fs::path& directory, const Installation& installation,
                     const std::optional<ServerAccount>& account) {
  const fs::path data = directory / "data";
  if (fs::exists(data / "postmaster.pid")) disown_pid_file(data / "postmaster.pid");
  fs::remove(directory / ".s.PGSQL.5432.lock");
  Command command{{"/bin/sh", "-c", R"(log=$1; shift; exec "$@" >>"$log" 2>&1)", "ragqueue-postgres",
                   (directory / "log").string(), installation.program("postgres")},
                  account};
  for (std::string& option : server_options(data, socket_directory_for(directory, account))) {
    command.arguments.push_back(option);
  }
  Pipe alive = make_pipe();
  const Descriptor nothing = open_file("/dev/null", O_RDWR);
  start_detached(command, std::array{nothing.get(), nothing.get(), nothing.get(), alive.write_end.get()});
  alive.write_end.close();
  return wait_until_ready(data, directory / "log", account, alive.read_end.get());
}

class PersistentCluster : public Cluster {
 public:
  explicit PersistentCluster(const fs::path& wish)
      : account_(account_for(fs::absolute(wish / "data"))),
        directory_(make_directory(fs::absolute(wish / "data").parent_path(), account_)) {
    const Descriptor locked = lock(directory_);
    installation_ = find_installation(release_of_data(data_));
    if (!fs::exists(data_)) make_data(directory_, installation_, account_);
    if (find_server()) {
      conninfo_ = conninfo_of(wait_until_ready(data_, log_, account_, -1).socket_directory);
      return;
    }
    conninfo_ = conninfo_of(start_server(directory_, installation_, account_).socket_directory);
    started_ = true;
    execute(installation_, conninfo_, "CREATE EXTENSION IF NOT EXISTS vector");
  }

  [[nodiscard]] const Installation& installation() const override { return installation_; }
  [[nodiscard]] const std::string& conninfo() const override { return conninfo_; }
  [[nodiscard]] bool started() const noexcept override { return started_; }

  void stop() override {
    const Descriptor locked = lock(directory_);
    const std::optional<PidFile> server = find_server();
    if (!server) return;
    kill(server->pid, SIGINT);
    while (runs_in(server->pid, data_, account_)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (server->socket_directory != directory_) fs::remove_all(server->socket_directory);
  }

 private:
  [[nodiscard]] std::optional<PidFile> find_server() const {
    std::optional<PidFile> file = read_pid_file(data_);
    return file && runs_in(file->pid, data_, account_) ? file : std::nullopt;
  }

  std::optional<ServerAccount> account_;
  fs::path directory_;
  fs::path data_ = directory_ / "data";
  fs::path log_ = directory_ / "log";
  Installation installation_;
  std::string conninfo_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Cluster> open_persistent_cluster(const fs::path& directory) {
  return std::make_unique<PersistentCluster>(directory);
}

}  // namespace ragqueue::testing
