#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "db/statement.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/testing/postgres.hpp"
#include "support/cluster_directory.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using ragqueue::Connection;
using ragqueue::Error;
using ragqueue::testing::PrivatePostgres;

/// For one cluster. Its name must be quoted everywhere.
class Directory : public ragqueue::testing::ClusterDirectory {
 public:
  Directory() : ClusterDirectory("ragqueue test's", "/tmp") {}
};

std::string ask(const std::string& conninfo, const std::string& sql) {
  const Connection connection(conninfo);
  return ragqueue::pg::execute(connection.get(), sql).get<std::string>(0, 0);
}

std::string pid_of(const PrivatePostgres& postgres) {
  return ask(postgres.conninfo(), "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
}

}  // namespace

TEST_CASE("a persistent PostgreSQL is found running by a second object") {
  const Directory directory;
  std::string pid;
  {
    const PrivatePostgres first(directory.path());
    CHECK(first.started());
    pid = pid_of(first);
  }
  const PrivatePostgres second(directory.path());
  CHECK_FALSE(second.started());
  CHECK(pid_of(second) == pid);
  CHECK(ask(second.conninfo(), "SELECT ('[3,4]'::vector <-> '[0,0]')::text") == "5");
}

TEST_CASE("a persistent PostgreSQL survives its creator, and keeps what it was told") {
  const Directory directory;
  Process creator([&] {
    const PrivatePostgres postgres(directory.path());
    ragqueue::pg::execute(Connection(postgres.conninfo()).get(),
                          "CREATE TABLE kept AS SELECT 'so'::text AS word");
    return std::string("made");
  });
  REQUIRE(creator.answer() == "made");
  creator.kill();  // returns only if the server has let go of the creator's pipes

  PrivatePostgres postgres(directory.path());
  CHECK_FALSE(postgres.started());
  CHECK(ask(postgres.conninfo(), "SELECT word FROM kept") == "so");
  CHECK(ask(postgres.conninfo(), "SELECT current_setting('fsync')") == "on");
  postgres.stop();
  postgres.stop();
  CHECK_THROWS_AS(Connection(postgres.conninfo()), Error);

  const PrivatePostgres again(directory.path());
  CHECK(again.started());
  CHECK(ask(again.conninfo(), "SELECT word FROM kept") == "so");
}

TEST_CASE("a pid file that a dead server left does not fool the next") {
  const Directory directory;
  PrivatePostgres(directory.path()).stop();
  std::ofstream(directory.path() / "data" / "postmaster.pid")
      << getpid() << "\n"
      << directory.path().string() << "/data\n1\n5432\n"
      << directory.path().string() << "\n\n\nready\n";
  struct stat status {};
  REQUIRE(stat((directory.path() / "data").c_str(), &status) == 0);
  REQUIRE(chown((directory.path() / "data" / "postmaster.pid").c_str(), status.st_uid, status.st_gid) == 0);
  const PrivatePostgres postgres(directory.path());
  CHECK(postgres.started());
  CHECK(pid_of(postgres) != std::to_string(getpid()));
}

TEST_CASE("a server that was killed starts again") {
  const Directory directory;
  {
    const PrivatePostgres postgres(directory.path());
    ::kill(std::stoi(pid_of(postgres)), SIGKILL);
  }
  const PrivatePostgres postgres(directory.path());
  CHECK(ask(postgres.conninfo(), "SELECT 'back'") == "back");
}

TEST_CASE("a start that was killed in the middle is in nobody's way") {
  const Directory directory;
  Process first([&] {
    const PrivatePostgres postgres(directory.path());
    return std::string("made");
  });
  ragqueue::testing::eventually(
      "the first files", [&] { return fs::exists(directory.path() / "data.unfinished" / "PG_VERSION"); });
  first.kill();  // its initdb goes on
  const PrivatePostgres postgres(directory.path());
  CHECK(ask(postgres.conninfo(), "SELECT 'here'") == "here");
}

TEST_CASE("of two processes that start the same cluster, one does and both have it") {
  const Directory directory;
  const auto start = [&] {
    const PrivatePostgres postgres(directory.path());
    return std::string(postgres.started() ? "started " : "found ") + ask(postgres.conninfo(), "SELECT 'it'");
  };
  Process one(start), other(start);
  const std::string answers = one.answer() + ", " + other.answer();
  CHECK((answers == "started it, found it" || answers == "found it, started it"));
}

TEST_CASE("a directory too long for a socket's address is no hindrance") {
  const Directory directory;
  if (geteuid() == 0) fs::permissions(directory.path(), fs::perms::others_exec, fs::perm_options::add);
  const fs::path deep = directory.path() / std::string(100, 'x');
  const ragqueue::testing::StopAtEnd at_end(deep);
  PrivatePostgres postgres(deep);
  CHECK(ask(postgres.conninfo(), "SELECT 'hello'") == "hello");
  CHECK_FALSE(PrivatePostgres(deep).started());
  const fs::path sockets =
      ask(postgres.conninfo(), "SELECT trim('\"' FROM current_setting('unix_socket_directories'))");
  CHECK(fs::exists(sockets));
  postgres.stop();
  CHECK_FALSE(fs::exists(sockets));
}

TEST_CASE("a directory with something else in it is left alone") {
  const Directory directory;
  std::ofstream(directory.path() / "letter.txt") << "dear";
  CHECK_THROWS_MATCHES(PrivatePostgres(directory.path()), Error,
                       MessageMatches(ContainsSubstring("letter.txt")));
  CHECK(fs::exists(directory.path() / "letter.txt"));
}

TEST_CASE("root is told of a directory that the server's user cannot reach") {
  if (geteuid() != 0) SKIP("needs root");
  const Directory directory;  // for its owner only, who is root
  const fs::path below = directory.path() / "below";
  CHECK_THROWS_MATCHES(PrivatePostgres(below), Error,
                       MessageMatches(ContainsSubstring("may not enter " + directory.path().string())));
  CHECK_FALSE(fs::exists(below));
}
