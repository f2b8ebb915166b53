#include <pwd.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "db/statement.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/testing/postgres.hpp"
#include "support/process.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using Catch::Matchers::StartsWith;
using ragqueue::Connection;
using ragqueue::Error;
using ragqueue::testing::PrivatePostgres;

std::string ask(const std::string& conninfo, const std::string& sql) {
  const Connection connection(conninfo);
  return ragqueue::pg::execute(connection.get(), sql).get<std::string>(0, 0);
}

fs::path directory_of(const PrivatePostgres& postgres) {
  return fs::path(ask(postgres.conninfo(), "SELECT current_setting('data_directory')")).parent_path();
}

bool disappears(const fs::path& directory) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (fs::exists(directory) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return !fs::exists(directory);
}

}  // namespace

TEST_CASE("a private PostgreSQL answers, and knows vectors") {
  const PrivatePostgres postgres;
  CHECK(postgres.started());
  CHECK(ask(postgres.conninfo(), "SELECT ('[3,4]'::vector <-> '[0,0]')::text") == "5");
  CHECK(ask(postgres.conninfo(), "SELECT current_setting('server_encoding')") == "UTF8");
  CHECK(ask(postgres.conninfo(), "SELECT current_setting('listen_addresses')").empty());
}

TEST_CASE("the environment chooses the release of a private PostgreSQL") {
  const std::string newest =
      std::to_string(std::stoi(ask(PrivatePostgres().conninfo(), "SHOW server_version")));
  const auto started = [](const std::string& wish) {
    setenv("RAGQUEUE_TEST_POSTGRES", wish.c_str(), 1);
    const auto unset = [](const char* name) { unsetenv(name); };
    const std::unique_ptr<const char, decltype(unset)> restored("RAGQUEUE_TEST_POSTGRES", unset);
    return ask(PrivatePostgres().conninfo(), "SHOW server_version");
  };
  CHECK_THAT(started(newest), StartsWith(newest));
  CHECK_THROWS_MATCHES(started("9"), Error,
                       MessageMatches(ContainsSubstring("no PostgreSQL server of release 9 ")));
  CHECK_THROWS_MATCHES(started("new"), Error,
                       MessageMatches(ContainsSubstring("RAGQUEUE_TEST_POSTGRES must be a release")));
}

TEST_CASE("schemas are apart") {
  PrivatePostgres postgres;
  const std::string one = postgres.new_schema();
  const std::string other = postgres.new_schema();
  ragqueue::pg::execute(Connection(one).get(), "CREATE TABLE mine AS SELECT '[1]'::vector AS v");
  CHECK(ask(one, "SELECT v::text FROM mine") == "[1]");
  CHECK(ask(other, "SELECT (to_regclass('mine') IS NULL)::text") == "true");
}

TEST_CASE("a private PostgreSQL is gone with its object") {
  fs::path directory;
  {
    const PrivatePostgres postgres;
    directory = directory_of(postgres);
    REQUIRE(fs::exists(directory));
  }
  CHECK_FALSE(fs::exists(directory));
}

TEST_CASE("stopping twice is stopping once") {
  PrivatePostgres postgres;
  const fs::path directory = directory_of(postgres);
  postgres.stop();
  CHECK_FALSE(fs::exists(directory));
  postgres.stop();
}

TEST_CASE("a private PostgreSQL is gone when its owner is killed") {
  Process owner([] {
    static const PrivatePostgres postgres;
    return directory_of(postgres).string();
  });
  const fs::path directory = owner.answer();
  REQUIRE(fs::exists(directory));
  owner.kill();  // also shows that the server does not keep the owner's pipes open
  CHECK(disappears(directory));
}

TEST_CASE("Ctrl-C on the terminal is not the server's affair") {
  Process owner([] {
    setpgid(0, 0);
    const PrivatePostgres postgres;
    signal(SIGINT, SIG_IGN);
    kill(0, SIGINT);  // as a terminal does, to the whole process group
    return ask(postgres.conninfo(), "SELECT 'still here'");
  });
  CHECK(owner.answer() == "still here");
}

TEST_CASE("a forked copy of the owner ends without the server") {
  const PrivatePostgres postgres;
  Process copy([&] {
    postgres.~PrivatePostgres();
    return std::string("ended");
  });
  CHECK(copy.answer() == "ended");
  CHECK(ask(postgres.conninfo(), "SELECT 'still here'") == "still here");
}

TEST_CASE("threads can each make their own") {
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 3; ++i) {
    answers.push_back(std::async(std::launch::async, [] {
      const PrivatePostgres postgres;
      return ask(postgres.conninfo(), "SELECT current_user::text");
    }));
  }
  for (auto& answer : answers) CHECK(answer.get() == "postgres");
}

TEST_CASE("the environment of libpq has no say") {
  setenv("PGHOST", "nowhere.invalid", 1);
  setenv("PGOPTIONS", "-c no_such_setting=1", 1);
  setenv("PGPORT", "1", 1);
  Process owner([] {
    PrivatePostgres postgres;
    return postgres.new_schema();
  });
  CHECK(owner.answer().find("search_path=schema_") != std::string::npos);
  for (const char* name : {"PGHOST", "PGOPTIONS", "PGPORT"}) unsetenv(name);
}

TEST_CASE("whoever may not be root can have one too") {
  if (geteuid() != 0) SKIP("not root: the other tests have shown it");
  const passwd* nobody = getpwnam("nobody");
  REQUIRE(nobody != nullptr);
  Process owner([&] {
    if (setgid(nobody->pw_gid) != 0 || setuid(nobody->pw_uid) != 0)
      return std::string("cannot become nobody");
    const PrivatePostgres postgres;
    return ask(postgres.conninfo(), "SELECT 'hello'");
  });
  CHECK(owner.answer() == "hello");
}
