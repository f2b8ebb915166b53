#include "db/conninfo.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string_view>

namespace ragqueue::pg {

namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

Options parse(const std::string& conninfo) {
  char* error = nullptr;
  Options options(PQconninfoParse(conninfo.c_str(), &error), PQconninfoFree);
  PQfreemem(error);
  return options;
}

bool is_uri(std::string_view conninfo) {
  return conninfo.starts_with("postgres://") || conninfo.starts_with("postgresql://");
}

/// Whether this part of a URI holds what belongs to a password.
bool is_torn(const PQconninfoOption& option) {
  const std::string_view keyword = option.keyword, value = option.val == nullptr ? "" : option.val;
  if (keyword == "port") return value.find_first_not_of("0123456789,") != std::string_view::npos;
  return (keyword == "host" || keyword == "dbname") && value.find('@') != std::string_view::npos;
}

bool may_show_password(const std::string& conninfo) {
  const Options options = parse(conninfo);
  if (!options) return is_uri(conninfo) || conninfo.find("password") != std::string::npos;
  if (!is_uri(conninfo)) return false;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (is_torn(*option)) return true;
  }
  return false;
}

}  // namespace

std::string hide_password(const std::string& message, const std::string& conninfo) {
  const std::size_t first = message.find('"');
  if (first == std::string::npos || !may_show_password(conninfo)) return message;
  return message.substr(0, first) + "\"***\"" + message.substr(message.rfind('"') + 1) +
         " (not shown, since it may be part of a password: in a URI write %40 for @, %3A for : and %2F for "
         "/; elsewhere "
         "put a value with blanks into single quotes)";
}

}  // namespace ragqueue::pg
