#include "database_pair.hpp"

#include <chrono>
#include <thread>

#include "db/statement.hpp"
#include "ragqueue/connection.hpp"

namespace ragqueue::torture {

DatabasePair::DatabasePair(const std::filesystem::path& directory)
    : servers_{Server(directory / "a"), Server(directory / "b")} {
  primary().create();
  primary().start();
}

void DatabasePair::add_replica() {
  other().copy(primary());
  other().start();
  const Connection connection(conninfo());
  pg::execute_script(connection.get(), "ALTER SYSTEM SET synchronous_standby_names = '*'");
  pg::execute_script(connection.get(), "SELECT pg_reload_conf()");
  wait_until_synchronous();
}

void DatabasePair::wait_until_synchronous() const {
  const Connection connection(conninfo());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!pg::execute(connection.get(),
                      "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync' AND state = "
                      "'streaming')")
              .get<bool>(0, 0)) {
    if (std::chrono::steady_clock::now() > deadline) throw Error(Fault::setup, "the replica does not follow");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void DatabasePair::fail_over(Shutdown how) {
  wait_until_synchronous();
  primary().stop(how);
  {
    const Connection replica(other().conninfo());
    pg::execute(replica.get(), "SELECT pg_promote(true, 60)");
  }
  primary_ = 1 - primary_;
  other().remove();
}

void DatabasePair::stop() {
  for (Server& server : servers_) {
    if (server.running()) server.stop(Shutdown::immediate);
  }
}

}  // namespace ragqueue::torture
