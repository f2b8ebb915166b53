#include "ragqueue/connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>
#include <string_view>

#include "db/conninfo.hpp"
#include "db/refusal.hpp"
#include "db/statement.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

constexpr std::size_t settings = 8;
using Keywords = std::array<const char*, settings + 1>;

/// Before the connection string, whose own settings win: so that a network that swallows packets is noticed.
constexpr Keywords keywords{"connect_timeout",     "tcp_user_timeout",          "keepalives_idle",
                            "keepalives_interval", "keepalives_count",          "dbname",
                            "client_encoding",     "fallback_application_name", nullptr};

Keywords values_for(const std::string& conninfo) {
  return {"10", "30000", "15", "5", "3", conninfo.c_str(), "UTF8", "ragqueue", nullptr};  // s, ms, s, s
}

}  // namespace

Connection::Connection(const std::string& conninfo) {
  const Keywords values = values_for(conninfo);
  connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 1));
  if (!connection_ || PQstatus(connection_.get()) != CONNECTION_OK) {
    const std::string message = pg::hide_password(pg::connection_error(connection_.get()).what(), conninfo);
    throw Error(pg::fault_of_refusal(connection_.get(), keywords.data(), values.data()), message);
  }
  // A SQL_ASCII database promises nothing of its bytes: they are taken as they are, so that a wrong one can
  // be named by field and place.
  const char* server_encoding = PQparameterStatus(connection_.get(), "server_encoding");
  if (server_encoding != nullptr && std::string_view(server_encoding) == "SQL_ASCII") {
    PQsetClientEncoding(connection_.get(), "SQL_ASCII");
  }
  // Notices would go to the host program's stderr.
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
}

Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

pg_conn* Connection::get() const noexcept {
  return connection_.get();
}

void Connection::Close::operator()(pg_conn* connection) const noexcept {
  PQfinish(connection);
}

}  // namespace ragqueue
