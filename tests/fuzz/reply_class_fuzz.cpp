// Whatever a server sends with whatever status: it is classified, with words that a log and a table can
// hold, and a limit that is smaller than what was sent.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "embed/http/http_reply_class.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t longest_words = 600;
  if (size < 3) return 0;
  const unsigned status = 100 + (bytes[0] * 256U + bytes[1]) % 500;
  const std::vector<std::string_view> texts(1 + bytes[2], "a text of words");
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 3, size - 3);
  const ragqueue::ReplyClass reply = ragqueue::classify_reply(status, body, texts);
  if ((reply.kind == ragqueue::ReplyClass::Kind::good) != (status == 200)) std::abort();
  if (reply.words.size() > longest_words || reply.most_texts >= texts.size() + (status == 200)) std::abort();
  return 0;
}
