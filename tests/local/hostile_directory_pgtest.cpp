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
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

#include "local/child_process.hpp"
#include "local/cluster.hpp"
#include "local/server_account.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/testing/postgres.hpp"
#include "support/remove_tree.hpp"

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
class RootsDirectory {
 public:
  RootsDirectory() {
    if (mkdtemp(name_.data()) == nullptr) throw std::runtime_error("mkdtemp");
    fs::permissions(name_, fs::perms(0711));
  }
  ~RootsDirectory() { ragqueue::testing::remove_tree(name_); }
  RootsDirectory(const RootsDirectory&) = delete;
  RootsDirectory& operator=(const RootsDirectory&) = delete;

  [[nodiscard]] fs::path path() const { return name_; }

 private:
  std::string name_ = "/tmp/ragqueue-hostile-XXXXXX";
};

/// A cluster that was started and stopped, to be copied.
fs::path stopped_cluster() {
  static const RootsDirectory directory;
  const fs::path cluster = directory.path() / "cluster";
  if (!fs::exists(cluster)) PrivatePostgres(cluster).stop();
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
    (void)refusal([this] { local::stop_persistent_cluster(cluster()); });
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

/// A script of the server's account that runs beside the test.
class Accomplice {
 public:
  Accomplice(const Place& place, const std::string& script) {
    const local::Descriptor nothing = local::open_file("/dev/null", O_RDWR);
    child_ = local::start_child(place.command(script),
                                std::array{nothing.get(), nothing.get(), nothing.get()}, SIGKILL);
  }
  ~Accomplice() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  Accomplice(const Accomplice&) = delete;
  Accomplice& operator=(const Accomplice&) = delete;

 private:
  pid_t child_ = -1;
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
  const Accomplice accomplice(place, R"(cd data
    exec 3>postmaster.pid; rm postmaster.pid; mkfifo postmaster.pid; echo 999999 >&3; exec 3>&-
    exec 3>postmaster.pid; rm postmaster.pid; ln -s "$2" postmaster.pid; printf '1\nevil::0:0::/root:/bin/sh\n' >&3)");
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
  const Accomplice accomplice(place, R"(cd "$1"
    until [ -s data.unfinished/global/pg_control ]; do :; done
    until ln -sf "$2" data.unfinished/postgresql.conf; do :; done)");
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
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGINT, SIG_DFL);
    if (chdir((place.cluster() / "data").c_str()) == 0) pause();
    _exit(1);
  }
  const std::string link = "/proc/" + std::to_string(child) + "/cwd";
  while (fs::read_symlink(link) != place.cluster() / "data") {
  }
  place.as_server("printf '%s\\n' " + std::to_string(child) +
                  " \"$1/data\" 1 5432 \"$1\" '' '' ready > data/postmaster.pid");
  static_cast<void>(refusal([&] { stop(place); }));
  int status = 0;
  CHECK(waitpid(child, &status, WNOHANG) == 0);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
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
