#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ragqueue/embedder.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// The embedder whose vectors the index holds.
struct Binding {
  std::string name;
  std::int32_t dimension = 0;
};

/// Throws Error (Fault::setup) unless an HNSW index takes the embedder's vectors.
void require_indexable(const Embedder& embedder);

[[nodiscard]] std::optional<Binding> current_binding(pg_conn* connection);

/// Throws Error (Fault::setup) unless the binding is to this embedder.
void require_binding(const Binding& binding, const Embedder& embedder);

/// Records the embedder and gives the vector column its dimension, dropping vectors of another dimension. The
/// column's index comes later (vector_index.hpp).
void bind(pg_conn* transaction, const Embedder& embedder);

}  // namespace ragqueue::pg
