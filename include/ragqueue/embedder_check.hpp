#pragma once

#include <chrono>
#include <cstddef>

#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

namespace ragqueue {

/// How an embedder that works did its test calls.
struct EmbedderCheck {
  double norm = 0;                        ///< Of one vector.
  std::chrono::duration<double> one{};    ///< A call with one text took.
  std::size_t batch = 0;                  ///< Texts of the second call.
  std::chrono::duration<double> whole{};  ///< And that took.
};

/// Embeds one short text, then as many as a call may carry, at most 32. Throws Error as Embedder::embed()
/// does, InvalidInput where even these texts are rejected, Error (Fault::setup) for vectors that are of no
/// use: those of different texts are the same, or those of one text are not.
[[nodiscard]] RAGQUEUE_EXPORT EmbedderCheck check_embedder(const Embedder& embedder);

}  // namespace ragqueue
