#include "schema/binding.hpp"

#include <fmt/format.h>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "schema/sql.hpp"
#include "schema/text_version.hpp"

namespace ragqueue::pg {

namespace {

constexpr std::size_t max_hnsw_dimension = 2000;  // pgvector's limit for an index over `vector`

}  // namespace

void require_indexable(const Embedder& embedder) {
  const std::size_t dimension = embedder.dimension();
  if (dimension >= 1 && dimension <= max_hnsw_dimension) return;
  throw Error(Fault::setup, fmt::format("the embedder '{}' has {} dimensions; an HNSW index takes 1 to {}",
                                        embedder.name(), dimension, max_hnsw_dimension));
}

std::optional<Binding> current_binding(pg_conn* connection) {
  const Result row = execute(connection, "SELECT name, dimension FROM rag_embedder");
  if (row.rows() == 0) return std::nullopt;
  return Binding{.name = row.get<std::string>(0, 0), .dimension = row.get<std::int32_t>(0, 1)};
}

void require_binding(const Binding& binding, const Embedder& embedder) {
  if (binding.name == embedder.name() && static_cast<std::size_t>(binding.dimension) == embedder.dimension())
    return;
  throw Error(Fault::setup,
              fmt::format("the index was built with the embedder '{}' ({} dimensions), but the one in use is "
                          "'{}' ({} dimensions); "
                          "use that one, or index everything anew with: rag_worker init --rebuild-index",
                          binding.name, binding.dimension, embedder.name(), embedder.dimension()));
}

void bind(pg_conn* transaction, const Embedder& embedder) {
  const auto dimension = static_cast<std::int32_t>(embedder.dimension());
  const Result stored = execute(transaction, sql::vector_column);
  if (stored.get<std::int32_t>(0, 0) != dimension) {
    // To change the type rewrites a table that has rows, and no vector of another dimension is of use.
    const std::string_view change = stored.get<bool>(0, 1)
                                        ? "ALTER COLUMN embedding TYPE vector({})"
                                        : "DROP COLUMN embedding, ADD COLUMN embedding vector({})";
    execute_script(transaction, "ALTER TABLE rag_chunks " + fmt::format(fmt::runtime(change), dimension));
  }
  execute(transaction, "INSERT INTO rag_embedder (name, dimension, text_version) VALUES ($1, $2, $3)",
          Params().add(embedder.name()).add(dimension).add(text_version));
}

}  // namespace ragqueue::pg
