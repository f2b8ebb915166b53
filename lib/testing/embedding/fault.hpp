#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "ragqueue/testing/fake_embedding_server.hpp"
#include "testing/embedding/dialect.hpp"

namespace ragqueue::testing {

/// A reply, and how it goes over the wire.
struct Delivery {
  enum class Ending { keep, close, reset };
  HttpReply reply{};
  bool chunked = false;
  bool half = false;                       ///< Only the first half of the bytes is sent.
  bool nothing = false;                    ///< Not even those.
  Ending ending = Ending::keep;            ///< What becomes of the connection then.
  std::chrono::microseconds byte_pause{};  ///< Before each byte, unless 0.
  std::size_t padding = 0;                 ///< Spaces after the body, whose length is not announced then.
};

/// What a fault makes of the vectors of a reply by `route`.
void spoil(std::vector<FakeEmbedding>& embeddings, const ServerFault& fault, Route route);
/// What a fault makes of a reply.
void spoil(Delivery& delivery, const ServerFault& fault);

}  // namespace ragqueue::testing
