#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

struct pg_conn;

namespace ragqueue {

/// A few texts with the vectors that the embedder had for them when the index was bound to it. Another model
/// under the same name is told by them.
struct Canaries {
  std::vector<std::string> texts{};
  std::vector<std::vector<float>> vectors{};  ///< Of the texts, as documents.
};

/// Embeds the texts and stores their vectors beside the index's binding, unless it has some. `connection` is
/// idle, and its role owns the tables. Throws Error as Embedder::embed does.
RAGQUEUE_EXPORT void store_canaries(pg_conn* connection, const Embedder& embedder);

/// Nothing where none are stored. Throws Error.
[[nodiscard]] RAGQUEUE_EXPORT std::optional<Canaries> stored_canaries(pg_conn* connection);

/// Embeds the texts again. Throws Error (Fault::setup), which names the cure, where their vectors are others;
/// else as Embedder::embed does.
RAGQUEUE_EXPORT void check_canaries(const Canaries& canaries, const Embedder& embedder,
                                    const std::stop_token& stop = {});

}  // namespace ragqueue
