#include "support/pgbouncer.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "local/directory.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::testing {

namespace {

namespace fs = std::filesystem;

constexpr const char* configuration = R"(
[databases]
{database} = host={server} port=5432 dbname={database} user=postgres
[pgbouncer]
pool_mode = {mode}
auth_type = any
listen_addr =
listen_port = 6432
unix_socket_dir = {directory}
logfile = {directory}/log
pidfile = {directory}/pid
default_pool_size = 8
)";

void wait_until_ready(const std::string& conninfo) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (true) {
    try {
      const Connection connection(conninfo);
      return;
    } catch (const Error&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

}  // namespace

Pgbouncer::Pgbouncer(const std::string& mode, const std::string& server_directory,
                     const std::string& database)
    : database_(database) {
  const auto account = local::server_account();
  local::give_to_server(directory_.path(), account);
  const std::string file = directory_.path() / "pgbouncer.ini";
  std::ofstream(file) << fmt::format(configuration, fmt::arg("database", database),
                                     fmt::arg("server", server_directory), fmt::arg("mode", mode),
                                     fmt::arg("directory", directory_.path().string()));
  const std::string user = account ? "--user=" + account->name : "--quiet";
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execlp("pgbouncer", "pgbouncer", "--quiet", user.c_str(), file.c_str(), nullptr);
    execl("/usr/sbin/pgbouncer", "pgbouncer", "--quiet", user.c_str(), file.c_str(), nullptr);
    _exit(127);
  }
  wait_until_ready(conninfo());
}

Pgbouncer::~Pgbouncer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string Pgbouncer::conninfo() const {
  return fmt::format("host={} port=6432 dbname={} user=postgres", directory_.path().string(), database_);
}

}  // namespace ragqueue::testing
