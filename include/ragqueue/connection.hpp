#pragma once

#include <memory>
#include <string>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// Owns a libpq connection. For programs that have none of their own; every function here takes the bare
/// `pg_conn*`.
class RAGQUEUE_EXPORT Connection {
 public:
  /// Connects, within 10 s a host. A connection that the network swallows is noticed within about 30 s;
  /// `conninfo` can say otherwise (connect_timeout, tcp_user_timeout, keepalives_*). Client encoding is
  /// UTF-8, or SQL_ASCII where the database's is. Throws Error with Fault::outage when the server cannot be
  /// reached or has no room for us, or none of several hosts is what `target_session_attrs` wants;
  /// Fault::setup when it refuses (wrong database, password, connection string).
  explicit Connection(const std::string& conninfo);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  [[nodiscard]] pg_conn* get() const noexcept;

 private:
  struct Close {
    void operator()(pg_conn* connection) const noexcept;
  };
  std::unique_ptr<pg_conn, Close> connection_;
};

/// Has the connection's session keep what is run most often: enqueue_index() for one request, claims, their
/// end, and what begins a transaction of the library's own. These then run without being parsed and planned
/// each time. For a connection whose session stays the same: through a pooler that lends sessions by
/// transaction, any call of this library on it would fail. PQreset(), DISCARD ALL and DEALLOCATE on it are
/// noticed, and undo this until it is called again. A few round trips, with no transaction open. Throws
/// Misuse for one that is, Error when the server refuses, such as where there is no schema.
RAGQUEUE_EXPORT void prepare_statements(pg_conn* connection);

}  // namespace ragqueue
