#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "local/cluster.hpp"
#include "local/directory.hpp"
#include "local/files.hpp"
#include "local/server.hpp"
#include "ragqueue/error.hpp"

// All functions here but the last ones run with the rights of the server's account.

namespace ragqueue::local {
namespace {

namespace fs = std::filesystem;

constexpr const char* unfinished_name = "data.unfinished";
constexpr std::string_view short_directory = "/tmp/ragqueue-";

/// Keeps other processes from starting or stopping the same cluster. Ends with the descriptor, and with those
/// of the programs that inherit it.
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

/// A cluster takes an empty directory, and what an interrupted start left in it.
void check_free(const fs::path& directory) {
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename() == unfinished_name) continue;
    throw Error(Fault::setup, directory.string() + " holds no cluster, but is not empty (it has " +
                                  entry.path().filename().string() + "): choose another directory");
  }
}

/// initdb keeps the lock: it goes on when the caller is killed, and then removes what is under its hands.
void make_data(const fs::path& directory, const Installation& installation, const Descriptor& locked) {
  check_free(directory);
  fs::permissions(directory, fs::perms::owner_all);
  const fs::path unfinished = directory / unfinished_name;
  fs::remove_all(unfinished);
  Command initdb{{installation.program("initdb"), "-D", unfinished.string()}, {}};
  initdb.arguments.insert(initdb.arguments.end(), initdb_options.begin(), initdb_options.end());
  if (const Outcome outcome = run(initdb, std::array{locked.get()}); outcome.exit_code != 0) {
    throw Error(Fault::setup, "initdb failed in " + directory.string() + ":\n" + outcome.output);
  }
  const fs::path settings = unfinished / "postgresql.conf";
  write_all(open_regular_file(settings, O_APPEND), "\nmax_connections = 200\n", settings);
  fs::rename(unfinished, directory / "data");
}

std::optional<int> release_of_data(const fs::path& data) {
  const std::string text = read_regular_file(data / "PG_VERSION").value_or("");
  int major = 0;
  const bool number = std::from_chars(text.data(), text.data() + text.size(), major).ec == std::errc{};
  return number ? std::optional(major) : std::nullopt;
}

/// The cluster's own directory, or a short one where its path does not fit a socket's address.
fs::path socket_directory_for(const fs::path& directory) {
  if (directory.string().size() <= longest_socket_directory) return directory;
  std::string name = std::string(short_directory) + "XXXXXX";
  if (mkdtemp(name.data()) == nullptr)
    throw Error(Fault::setup, "cannot make a directory in /tmp for the socket");
  return name;
}

/// true for what socket_directory_for() made.
bool is_short_directory(const fs::path& path) {
  struct stat status {};
  return path.string().starts_with(short_directory) && path.parent_path() == "/tmp" &&
         lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

/// Of the socket that a pid file names: whoever connects must come to this cluster.
std::string checked_conninfo(const PidFile& server, const fs::path& directory) {
  if (server.socket_directory != directory && !is_short_directory(server.socket_directory)) {
    throw Error(Fault::setup, (directory / "data" / "postmaster.pid").string() +
                                  " names the socket directory " + server.socket_directory.string() +
                                  ", which is not this cluster's: stop the " + "server (process " +
                                  std::to_string(server.pid) + ") and start it again");
  }
  return conninfo_of(server.socket_directory);
}

/// Replaces the number of a server that has died, which a zombie or another program may have now, by one that
/// no process can have. The rest stays: by it PostgreSQL sees whether a process of the dead server still uses
/// its memory.
void disown_pid_file(const fs::path& path) {
  constexpr int above_all_pids = (1 << 22) + 1;  // Linux's PID_MAX_LIMIT
  const auto content = read_regular_file(path);
  if (!content) return;
  const std::size_t rest = std::min(content->find('\n'), content->size());
  write_all(open_regular_file(path, O_TRUNC), std::to_string(above_all_pids) + content->substr(rest), path);
}

PidFile start_server(const fs::path& directory, const Installation& installation) {
  const fs::path data = directory / "data";
  disown_pid_file(data / "postmaster.pid");
  fs::remove(directory / ".s.PGSQL.5432.lock");
  Command command{{"/bin/sh", "-c", R"(log=$1; shift; exec "$@" >>"$log" 2>&1)", "ragqueue-postgres",
                   (directory / "log").string(), installation.program("postgres")},
                  {}};
  for (std::string& option : server_options(data, socket_directory_for(directory))) {
    command.arguments.push_back(option);
  }
  Pipe alive = make_pipe();
  const Descriptor nothing = open_file("/dev/null", O_RDWR);
  start_detached(command, std::array{nothing.get(), nothing.get(), nothing.get(), alive.write_end.get()});
  alive.write_end.close();
  return wait_until_ready(data, directory / "log", alive.read_end.get());
}

std::optional<PidFile> find_server(const fs::path& data) {
  std::optional<PidFile> file = read_pid_file(data);
  return file && runs_in(file->pid, data) ? file : std::nullopt;
}

struct Opened {
  Installation installation;
  std::string conninfo;
  bool started = false;
};

Opened open(const fs::path& directory) {
  const Descriptor locked = lock(directory);
  const fs::path data = directory / "data";
  Opened opened{find_installation(release_of_data(data)), {}, false};
  if (!fs::exists(data)) make_data(directory, opened.installation, locked);
  opened.started = !find_server(data);
  const PidFile server = opened.started ? start_server(directory, opened.installation)
                                        : wait_until_ready(data, directory / "log", -1);
  opened.conninfo = checked_conninfo(server, directory);
  if (opened.started) {
    execute(opened.installation, opened.conninfo, "CREATE EXTENSION IF NOT EXISTS vector");
  }
  return opened;
}

bool stop(const fs::path& directory) {
  const Descriptor locked = lock(directory);
  const fs::path data = directory / "data";
  if (!fs::exists(data)) return false;
  const std::optional<PidFile> server = find_server(data);
  if (!server) return true;
  kill(server->pid, SIGINT);
  while (runs_in(server->pid, data)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  // The server has removed its socket, so nothing is left in it.
  if (is_short_directory(server->socket_directory)) rmdir(server->socket_directory.c_str());
  return true;
}

class PersistentCluster : public Cluster {
 public:
  explicit PersistentCluster(ClusterDirectory place)
      : place_(std::move(place)),
        opened_(as_account(place_.account, [this] { return open(fs::canonical(place_.path)); })) {}

  [[nodiscard]] const Installation& installation() const override { return opened_.installation; }
  [[nodiscard]] const std::string& conninfo() const override { return opened_.conninfo; }
  [[nodiscard]] bool started() const noexcept override { return opened_.started; }
  void stop() override {
    as_account(place_.account, [this] { local::stop(fs::canonical(place_.path)); });
  }

 private:
  ClusterDirectory place_;
  Opened opened_;
};

}  // namespace

std::unique_ptr<Cluster> open_persistent_cluster(const fs::path& directory) {
  return std::make_unique<PersistentCluster>(make_cluster_directory(directory));
}

bool stop_persistent_cluster(const fs::path& directory) {
  const auto place = find_cluster_directory(directory);
  return place && as_account(place->account, [&] { return stop(fs::canonical(place->path)); });
}

}  // namespace ragqueue::local
