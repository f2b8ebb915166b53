#pragma once

#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "embed/http/embedding_json.hpp"
#include "embed/http/http_protocol.hpp"
#include "ragqueue/http_embedder.hpp"

namespace ragqueue::testing {

/// The first two bytes settle how many texts of what dimension were asked for; the others are
/// the reply. Whatever it is: it is refused, or there is a vector for each text but those named.
inline int try_reply(const HttpProtocol& protocol, const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t count = 1 + bytes[0] % 4;
  const std::size_t dimension = 1 + bytes[1] % 8;
  std::string body;
  body.reserve(size + simdjson::SIMDJSON_PADDING);
  body.assign(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  std::vector<float> vectors(count * dimension);
  VectorRows rows;
  for (std::size_t row = 0; row < count; ++row)
    rows.push_back(std::span(vectors).subspan(row * dimension, dimension));
  try {
    const std::vector<std::size_t> unusable = protocol.read(body, rows);
    for (std::size_t row = 0; row < count; ++row) {
      const bool named = std::ranges::find(unusable, row) != unusable.end();
      if (named == is_vector(rows[row])) std::abort();
    }
    for (const std::size_t row : unusable) {
      if (row >= count) std::abort();
    }
  } catch (const BadReply&) {
    // The only error that a reply may cause.
  }
  return 0;
}

}  // namespace ragqueue::testing
