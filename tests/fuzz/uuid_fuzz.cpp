// Whatever the text: a UUID that is read is written as it was, but for letters' case; all else is
// InvalidInput.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ragqueue/error.hpp"
#include "ragqueue/uuid.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    std::string lower(text);
    for (char& letter : lower)
      letter = letter >= 'A' && letter <= 'F' ? static_cast<char>(letter + 32) : letter;
    if (ragqueue::Uuid::parse(text).to_string() != lower) std::abort();
  } catch (const ragqueue::InvalidInput& refusal) {
    if (refusal.field() != "uuid") std::abort();
  }
  return 0;
}
