#include "server.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>
#include <utility>

#include "local/directory.hpp"
#include "local/server.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"
#include "support/remove_tree.hpp"
#include "testing/temporary_cluster.hpp"

namespace ragqueue::torture {

namespace fs = std::filesystem;

Server::Server(fs::path directory)
    : directory_(std::move(directory)),
      installation_(testing::tested_installation()),
      account_(local::server_account()),
      conninfo_(local::conninfo_of(directory_)) {}

void Server::execute(std::vector<std::string> arguments) const {
  arguments.front() = installation_.program(arguments.front().c_str());
  const std::string name = arguments.front();
  const local::Outcome outcome = local::run({std::move(arguments), account_});
  if (outcome.exit_code != 0) throw Error(Fault::setup, name + ":\n" + outcome.output);
}

void Server::create() {
  fs::create_directories(directory_);
  local::give_to_server(directory_, account_);
  std::vector<std::string> initdb = {"initdb", "-D", data_.string(), "--no-sync"};
  initdb.insert(initdb.end(), local::initdb_options.begin(), local::initdb_options.end());
  execute(std::move(initdb));
}

void Server::copy(const Server& primary) {
  remove();
  fs::create_directories(directory_);
  local::give_to_server(directory_, account_);
  execute({"pg_basebackup", "-d", primary.conninfo() + " application_name=replica", "-D", data_.string(),
           "-R", "--checkpoint=fast", "--no-sync", "--no-manifest"});
}

void Server::remove() {
  testing::remove_tree(data_);
}

void Server::start() {
  local::Command command{{installation_.program("postgres")}, account_};
  for (std::string& option : local::server_options(data_, directory_)) command.arguments.push_back(option);
  for (const char* setting : {"fsync=off", "wal_level=logical", "shared_buffers=64MB", "max_connections=150",
                              "log_line_prefix=%m [%p] %a ", "wal_retrieve_retry_interval=100ms"}) {
    command.arguments.insert(command.arguments.end(), {"-c", setting});
  }
  postmaster_ = Child(command, log_, SIGQUIT);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  for (;;) {
    try {
      const Connection probe(conninfo_);
      return;
    } catch (const Error&) {
      if (!postmaster_.running() || std::chrono::steady_clock::now() > deadline) {
        throw Error(Fault::setup, "PostgreSQL did not start:\n" + local::tail_of(log_));
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void Server::stop(Shutdown how) {
  postmaster_.signal(how == Shutdown::fast ? SIGINT : SIGQUIT);
  postmaster_.wait();
}

}  // namespace ragqueue::torture
