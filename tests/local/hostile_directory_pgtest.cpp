#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

#include "local/child_process.hpp"
#include "local/cluster.hpp"
#include "local/server_account.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/testing/postgres.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

// A cluster that root starts belongs to the server's account. These tests are that account, turned hostile:
// whatever it leaves in the cluster's directory, root does nothing by it that the account could not do
// itself.

namespace {

namespace fs = std::filesystem;
namespace local = ragqueue::local;
using Catch::Matchers::ContainsSubstring;
using ragqueue::testing::PrivatePostgres;

std::string content(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

uid_t owner(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) throw std::runtime_error("no " + path.string());
  return status.st_uid;
}

/// What a call of root's says when it is refused; empty when it is not.
std::string refusal(const std::function<void()>& call) {
  try {
    call();
    return "";
  } catch (const ragqueue::Error& error) {
    return error.what();
  }
}

/// A directory in /tmp that root alone can change and all may enter, gone at the end.
class RootsDirectory : public ragqueue::testing::TemporaryDirectory {
 public:
  RootsDirectory() : TemporaryDirectory("ragqueue-hostile", "/tmp") {
    fs::permissions(path(), fs::perms(0711));
  }
};

/// A cluster that was started and stopped, to be copied.
fs::path stopped_cluster() {
  static const RootsDirectory directory;
  static const fs::path cluster = [] {
    PrivatePostgres(directory.path() / "cluster").stop();
    return directory.path() / "cluster";
  }();
  return cluster;
}

/// Root's directory, with a cluster that has been stopped, and beside it what root wants to keep.
class Place {
 public:
  Place() {
    (void)local::run({{"/bin/cp", "-a", stopped_cluster().string(), cluster().string()}, {}});
    fs::create_directory(treasure());
    std::ofstream(treasure() / "file") << "kept";
    fs::permissions(treasure(), fs::perms::owner_all);
    std::ofstream(victim()) << "# root's\n";
    fs::permissions(victim(), fs::perms(0644));
  }
  ~Place() {
    try {
      local::stop_persistent_cluster(cluster());
    } catch (const std::exception&) {  // What the account left is refused here, too: then no server runs.
    }
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] fs::path root() const { return directory_.path(); }
  [[nodiscard]] fs::path cluster() const { return root() / "cluster"; }
  /// A directory of root's, with a file in it.
  [[nodiscard]] fs::path treasure() const { return root() / "treasure"; }
  /// A file that all may read and root alone may write. PostgreSQL takes it for settings.
  [[nodiscard]] fs::path victim() const { return root() / "victim"; }

  /// Has the server's account run a shell script in the cluster's directory.
  void as_server(const std::string& script) const { (void)local::run(command(script)); }

  [[nodiscard]] local::Command command(const std::string& script) const {
    return {{"/bin/sh", "-c", "cd \"$1\" && " + script, "sh", cluster().string(), victim().string()},
            local::server_account()};
  }

 private:
  RootsDirectory directory_;
};

/// A shell script that runs beside the test.
class Accomplice {
 public:
  explicit Accomplice(const local::Command& command) {
    local::Pipe alive = local::make_pipe();
    const local::Descriptor nothing = local::open_file("/dev/null", O_RDWR);
    child_ =
        local::start_child(command, std::array{nothing.get(), alive.write_end.get(), nothing.get()}, SIGKILL);
    alive_ = std::move(alive.read_end);
  }
  ~Accomplice() { static_cast<void>(end()); }
  Accomplice(const Accomplice&) = delete;
  Accomplice& operator=(const Accomplice&) = delete;

  [[nodiscard]] pid_t pid() const { return child_; }

  /// Kills it, and waits for the command that the shell has just started, too: it would go on in the
  /// directory while that is looked at, or removed. Returns the signal that ended the shell, 0 if none did.
  int end() {
    if (child_ < 0) return 0;
    int status = 0;
    kill(child_, SIGKILL);
    waitpid(child_, &status, 0);
    child_ = -1;
    char byte = 0;
    while (read(alive_.get(), &byte, 1) != 0) {
    }
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

 private:
  pid_t child_ = -1;
  local::Descriptor alive_;  ///< Ends with the last process of the script.
};

void open(const Place& place) {
  const PrivatePostgres postgres(place.cluster());
}

void stop(const Place& place) {
  PrivatePostgres(place.cluster()).stop();
}

}  // namespace

TEST_CASE("a pid file that names another directory for the socket has nothing deleted") {
  if (geteuid() != 0) SKIP("needs root");
  const Place place;
  PrivatePostgres postgres(place.cluster());
  place.as_server("sed -i '5s#.*#" + place.treasure().string() + "#' data/postmaster.pid");
  postgres.stop();
  CHECK(content(place.treasure() / "file") == "kept");
}

TEST_CASE("a pid file that is a pipe at first and a link then has nothing written") {
  if (geteuid() != 0) SKIP("needs root");
  const Place place;
  place.as_server("mkfifo data/postmaster.pid");
  // Each opening for writing waits until root reads; the next pipe, or the link, is in place before root
  // reads its end.
  const Accomplice accomplice(place.command(R"(cd data
    exec 3>postmaster.pid; rm postmaster.pid; mkfifo postmaster.pid; echo 999999 >&3; exec 3>&-
    exec 3>postmaster.pid; rm postmaster.pid; ln -s "$2" postmaster.pid; printf '1\nevil::0:0::/root:/bin/sh\n' >&3)"));
  CHECK_THAT(refusal([&] { open(place); }), ContainsSubstring("postmaster.pid"));
  CHECK(content(place.victim()) == "# root's\n");
}

TEST_CASE("data that link to a directory of root's do not make the server root") {
  if (geteuid() != 0) SKIP("needs root");
  const Place place;
  place.as_server("mv data mine; ln -s / data; ln -sf \"$2\" log");
  CHECK_FALSE(refusal([&] { open(place); }).empty());
  CHECK(content(place.victim()) == "# root's\n");
}

TEST_CASE("settings that become a link under the hands of initdb have nothing appended") {
  if (geteuid() != 0) SKIP("needs root");
  const Place place;
  place.as_server("rm -r data log");
  const Accomplice accomplice(place.command(R"(cd "$1"
    until [ -s data.unfinished/global/pg_control ]; do :; done
    until ln -sf "$2" data.unfinished/postgresql.conf; do :; done)"));
  static_cast<void>(refusal([&] { open(place); }));
  CHECK(content(place.victim()) == "# root's\n");
}

TEST_CASE("a log that is a link to a secret of root's is not quoted") {
  if (geteuid() != 0) SKIP("needs root");
  const Place place;
  place.as_server("echo nonsense >> data/postgresql.conf; ln -sf " + (place.treasure() / "file").string() +
                  " log");
  const std::string message = refusal([&] { open(place); });
  CHECK_FALSE(message.empty());
  CHECK_THAT(message, !ContainsSubstring("kept"));
}

TEST_CASE("a directory that others replaced by a link to one of root's is not given away") {
  if (geteuid() != 0) SKIP("needs root");
  const Place place;
  const fs::path empty = place.root() / "empty", others = place.root() / "others";
  fs::create_directory(empty);
  fs::create_directory(others);
  const auto account = local::server_account();
  REQUIRE(chown(others.c_str(), account->uid, account->gid) == 0);
  fs::create_directory_symlink(place.root(), others / "way");
  fs::create_directory_symlink(empty, others / "cluster");
  for (const fs::path& path : {others / "cluster", others / "way" / "empty"}) {
    CHECK_THAT(refusal([&] { PrivatePostgres(path).stop(); }), ContainsSubstring("link"));
    CHECK(owner(empty) == 0);
  }
}

TEST_CASE("a pid file that names a process of root's has no signal sent") {
  if (geteuid() != 0) SKIP("needs root");
  const Place place;
  Accomplice bystander(
      {{"/bin/sh", "-c", "cd \"$1\" && exec sleep 1000", "sh", (place.cluster() / "data").string()}, {}});
  const std::string link = "/proc/" + std::to_string(bystander.pid()) + "/cwd";
  ragqueue::testing::eventually("a process of root's in the cluster",
                                [&] { return fs::read_symlink(link) == place.cluster() / "data"; });
  place.as_server("printf '%s\\n' " + std::to_string(bystander.pid()) +
                  " \"$1/data\" 1 5432 \"$1\" '' '' ready > data/postmaster.pid");
  static_cast<void>(refusal([&] { stop(place); }));
  CHECK(bystander.end() == SIGKILL);  // Linux keeps the first deadly signal.
}

TEST_CASE("a server that asks for a password gets none that is meant for others") {
  if (geteuid() != 0) SKIP("needs root");
  const Place place;
  setenv("PGPASSWORD", "secret", 1);
  const PrivatePostgres postgres(place.cluster());
  const ragqueue::Connection connection(postgres.conninfo());
  CHECK(std::string(PQpass(connection.get())) != "secret");
  unsetenv("PGPASSWORD");
}
