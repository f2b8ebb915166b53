#include "worker/index_in_sight.hpp"

#include <string_view>

#include "db/statement.hpp"
#include "worker/sql.hpp"

namespace ragqueue {

bool is_index_in_sight(pg_conn* connection, const Error& error) {
  constexpr std::string_view undefined_table = "42P01", insufficient_privilege = "42501";
  if (error.sqlstate() != undefined_table && error.sqlstate() != insufficient_privilege) return false;
  return pg::idle(connection) &&
         pg::execute(
             connection, sql::index_in_sight,
             pg::Params().add(std::string_view(error.what())).add(error.sqlstate() == insufficient_privilege))
             .get<bool>(0, 0);
}

}  // namespace ragqueue
