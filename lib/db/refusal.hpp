#pragma once

#include <string_view>

#include "ragqueue/error.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// Why no connection came about: an outage that may pass (no answer, too many clients, starting up, none of
/// several hosts takes writes yet), or something that a person must set right (password, name of the
/// database, connection string). `failed` is what PQconnectdbParams returned for the same parameters. libpq
/// keeps the server's SQLSTATE to itself while connecting, so where the server answered it is asked once
/// more, for a message that has it.
[[nodiscard]] Fault fault_of_refusal(pg_conn* failed, const char* const* keywords, const char* const* values);

/// The same decision from libpq's verbose message: an outage unless every SQLSTATE in it says otherwise; of
/// a message without any, `otherwise`.
[[nodiscard]] Fault fault_of_message(std::string_view verbose_message, Fault otherwise);

}  // namespace ragqueue::pg
