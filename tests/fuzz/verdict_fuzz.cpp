// Whatever a server sends with whatever status: there is a verdict, with words that a log and a table can
// hold, and a limit that is smaller than what was sent.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "embed/http/http_verdict.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t longest_words = 600;
  if (size < 3) return 0;
  const unsigned status = 100 + (bytes[0] * 256U + bytes[1]) % 500;
  const std::size_t texts = 1 + bytes[2];
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 3, size - 3);
  const ragqueue::Verdict verdict = ragqueue::judge(status, body, texts);
  if ((verdict.kind == ragqueue::Verdict::Kind::good) != (status == 200)) std::abort();
  if (verdict.words.size() > longest_words || verdict.most_texts >= texts + (status == 200)) std::abort();
  return 0;
}
