// Whatever the body, its first byte being the format: a text that is UTF-8, with blocks in order and in the
// text; or InvalidInput.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/text_extractor.hpp"

using namespace ragqueue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  static const auto extractor = make_text_extractor();
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  try {
    const ExtractedText extracted = extractor->extract(body, static_cast<TextFormat>(bytes[0] % 4));
    if (find_invalid_utf8(extracted.text) || extracted.left_out > body.size()) std::abort();
    std::size_t end = 0;
    for (const TextBlock& block : extracted.blocks) {
      if (block.begin < end || block.end < block.begin || block.end > extracted.text.size()) std::abort();
      if (block.kind == TextBlock::Kind::table &&
          (block.header_end < block.begin || block.header_end > block.end))
        std::abort();
      end = block.end;
    }
  } catch (const InvalidInput&) {
    return 0;
  }
  return 0;
}
