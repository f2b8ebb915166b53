#include "schema/complete.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "ragqueue/error.hpp"
#include "schema/complete_queue.hpp"
#include "schema/concurrent_index.hpp"
#include "schema/sql.hpp"

namespace ragqueue::pg {

namespace {

bool is_incomplete(pg_conn* connection, std::string_view table) {
  return execute(connection, "SELECT EXISTS (SELECT FROM rag_adopted WHERE name = $1 AND NOT complete)",
                 Params().add(table))
      .get<bool>(0, 0);
}

/// In steps, so that no transaction is long; each begins where the last ended. What the old queue asked for
/// counts only beside the old index: without that, it is as the queue says.
void request_adopted(pg_conn* connection) {
  if (!is_incomplete(connection, "rag_documents")) return;
  std::string after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const auto last = limited(connection, [&] {
      return execute(connection, sql::request_adopted, Params().add(after)).maybe<std::string>(0, 0);
    });
    if (!last) break;
    after = *last;
  }
  if (is_incomplete(connection, "rag_index_queue"))
    limited(connection, [&] { execute(connection, sql::request_forgotten); });
}

/// Chunks of no document of their organization are of use to nobody, and in the way of the foreign key.
void drop_strays(pg_conn* connection) {
  limited(connection, [&] { execute(connection, sql::drop_strays); });
}

/// The application's own edges may lead from one organization to another; they stay, and so the constraint
/// stays as it is, for new rows alone.
void validate_constraints(pg_conn* connection) {
  constexpr std::string_view foreign_key_violation = "23503";
  const Result unseen = execute(connection, sql::unseen_constraints);
  for (int row = 0; row < unseen.rows(); ++row) {
    try {
      execute_script(connection, unseen.get<std::string>(row, 0));
    } catch (const Error& error) {
      if (error.sqlstate() != foreign_key_violation) throw;
    }
  }
}

}  // namespace

void complete(pg_conn* connection, const Log& log) {
  const bool adopted =
      execute(connection, "SELECT EXISTS (SELECT FROM rag_adopted WHERE NOT complete)").get<bool>(0, 0);
  if (adopted) {
    complete_queue(connection);
    for (const MissingIndex& index :
         missing_indexes(connection, std::array<std::string, 1>{"rag_index_queue"}))
      create_index_concurrently(connection, index, log);
    request_adopted(connection);
    drop_strays(connection);
  }
  const std::vector<std::string> tables{"rag_index_queue", "rag_documents", "rag_chunks", "rag_nodes",
                                        "rag_edges"};
  for (const MissingIndex& index : missing_indexes(connection, tables))
    create_index_concurrently(connection, index, log);
  validate_constraints(connection);
  if (adopted) execute(connection, "UPDATE rag_adopted SET complete = true");
}

}  // namespace ragqueue::pg
