#include "pg/notification.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <array>

#include "pg/statement.hpp"

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

void listen(pg_conn* connection) {
  execute_script(connection, "LISTEN rag_index_queue");
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
