#pragma once

#include <chrono>
#include <string>

struct pg_conn;

namespace ragqueue::pg {

/// Subscribes the connection to what rag_enqueue_index says to idle workers. Returns whether that arrives: a
/// pooler that gives each transaction another session takes LISTEN, and then passes nothing on. `conninfo` is
/// what the connection was made with.
[[nodiscard]] bool listen(pg_conn* connection, const std::string& conninfo);

/// Waits until a notification arrives, `wake_descriptor` becomes readable, or the time is over. Returns
/// whether one arrived. Throws Error with Fault::outage when the connection breaks.
[[nodiscard]] bool wait_for_notification(pg_conn* connection, int wake_descriptor,
                                         std::chrono::milliseconds timeout);

}  // namespace ragqueue::pg
