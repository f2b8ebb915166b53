#include <fmt/format.h>

#include <cmath>

#include "base/norm.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

void check_vectors(std::span<const float> vectors, std::size_t dimension) {
  if (dimension == 0 || vectors.size() % dimension != 0) {
    throw Error(Fault::job, fmt::format("the embedder gave {} numbers, not whole vectors of {}",
                                        vectors.size(), dimension));
  }
  for (std::size_t row = 0; row * dimension < vectors.size(); ++row) {
    const auto vector = vectors.subspan(row * dimension, dimension);
    if (has_norm(vector)) continue;
    if (!std::isfinite(squared_norm(vector))) {
      throw Error(Fault::job, fmt::format("the embedder's vector {} holds a NaN or an infinity", row));
    }
    throw Error(Fault::job, fmt::format("the embedder's vector {} is all zeros", row));
  }
}

EmbedderBusy::EmbedderBusy(const std::string& message, std::chrono::milliseconds retry_after)
    : Error(Fault::outage, message), retry_after_(retry_after) {}

EmbedderBusy::~EmbedderBusy() = default;

std::vector<float> embed_text(const Embedder& embedder, std::string_view text, Purpose purpose,
                              const std::stop_token& stop) {
  std::vector<float> vector(embedder.dimension());
  const std::vector<RejectedText> rejected = embedder.embed({&text, 1}, purpose, vector, stop);
  if (stop.stop_requested()) throw Error(Fault::outage, "the embedder was not waited for any longer");
  if (!rejected.empty()) throw InvalidInput("text", text, rejected.front().reason);
  check_vectors(vector, embedder.dimension());
  return vector;
}

}  // namespace ragqueue
