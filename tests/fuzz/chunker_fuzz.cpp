// Whatever the text, its first byte being the limit: chunks are within it, and UTF-8; what is not, is
// InvalidInput.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "../core/counting_embedder.hpp"
#include "base/text.hpp"
#include "ragqueue/chunker.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  Document document;
  document.body.assign(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::size_t limit = 1 + bytes[0];
  const testing::CountingEmbedder embedder(testing::count_bytes);
  try {
    for (const Chunk& chunk :
         make_text_chunker({.max_tokens = limit, .overlap_tokens = limit / 4})->split(document, embedder)) {
      if (chunk.token_count > limit || find_invalid_utf8(chunk.content) || chunk.content.empty())
        std::abort();
    }
  } catch (const InvalidInput&) {
    return 0;
  }
  if (find_invalid_utf8(document.body)) std::abort();
  return 0;
}
