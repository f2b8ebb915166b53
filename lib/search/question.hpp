#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/uuid.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// A question's words, in the forms that the index may hold them in.
struct Question {
  /// One form of a unit; its members as rag_question returns them.
  struct Form {
    std::string kind;
    std::int32_t unit = 0;
    std::int32_t part = 0;
    std::string query;
  };
  std::vector<Form> forms{};
  std::vector<std::string> phrases{};  ///< Queries that a document must match.
  std::vector<std::string> without{};  ///< Queries that it must not.
};

[[nodiscard]] Question read_question(pg_conn* connection, const Uuid& organization_id, std::string_view text);

}  // namespace ragqueue::pg
