#pragma once

#include <chrono>

struct pg_conn;

namespace ragqueue::pg {

/// Subscribes the connection to what rag_enqueue_index says to idle workers.
void listen(pg_conn* connection);

/// Waits until a notification arrives, `wake_descriptor` becomes readable, or the time is over. Returns
/// whether one arrived. Throws Error with Fault::outage when the connection breaks.
[[nodiscard]] bool wait_for_notification(pg_conn* connection, int wake_descriptor,
                                         std::chrono::milliseconds timeout);

}  // namespace ragqueue::pg
