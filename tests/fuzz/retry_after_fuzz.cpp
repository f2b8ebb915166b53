// Whatever the two headers say, of which a line end parts the first from the second: no pause is negative.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "embed/http/http_retry_after.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const std::size_t end = std::min(text.find('\n'), size);
  const std::string rest = text.substr(std::min(end + 1, size));
  const std::chrono::system_clock::time_point now(std::chrono::seconds(1'750'000'000));
  const auto pause = ragqueue::read_retry_after(text.substr(0, end), rest, now);
  if (pause && pause->count() < 0) std::abort();
  return 0;
}
