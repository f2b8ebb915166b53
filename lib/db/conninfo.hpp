#pragma once

#include <string>

namespace ragqueue::pg {

/// What libpq says of a connection string, without what may be part of a password in it: libpq quotes a
/// malformed string, and takes a password with an unescaped @, : or / for host, port or database.
[[nodiscard]] std::string hide_password(const std::string& message, const std::string& conninfo);

}  // namespace ragqueue::pg
