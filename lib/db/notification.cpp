#include "db/notification.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <array>

#include "db/session.hpp"
#include "db/statement.hpp"
#include "ragqueue/connection.hpp"

namespace ragqueue::pg {

namespace {

bool take_notifications(pg_conn* connection) {
  bool any = false;
  while (PGnotify* notification = PQnotifies(connection)) {
    PQfreemem(notification);
    any = true;
  }
  return any;
}

}  // namespace

namespace {

constexpr std::chrono::milliseconds probe_patience{1'000};
constexpr int no_descriptor = -1;  // poll() passes over it

/// Between transactions, while we wait, a pooler in transaction mode has no session for us, so that nothing
/// can arrive.
bool hears(pg_conn* connection, const std::string& conninfo) {
  execute_script(connection, "LISTEN rag_index_queue_probe");
  const Connection speaker(conninfo);
  execute_script(speaker.get(), "NOTIFY rag_index_queue_probe");
  const bool heard = wait_for_notification(connection, no_descriptor, probe_patience);
  execute_script(connection, "UNLISTEN *");
  return heard;
}

}  // namespace

bool listen(pg_conn* connection, const std::string& conninfo) {
  if (!set_up_own_session(connection) && !hears(connection, conninfo)) return false;
  execute_script(connection, "LISTEN rag_index_queue");
  return true;
}

bool wait_for_notification(pg_conn* connection, int wake_descriptor, std::chrono::milliseconds timeout) {
  if (take_notifications(connection)) return true;
  std::array<pollfd, 2> descriptors{pollfd{.fd = PQsocket(connection), .events = POLLIN, .revents = 0},
                                    pollfd{.fd = wake_descriptor, .events = POLLIN, .revents = 0}};
  // An interrupted wait is a wait that ended early; the caller loops.
  (void)poll(descriptors.data(), descriptors.size(), static_cast<int>(timeout.count()));
  if (descriptors[0].revents == 0) return false;
  if (PQconsumeInput(connection) == 0) throw connection_error(connection);
  return take_notifications(connection);
}

}  // namespace ragqueue::pg
