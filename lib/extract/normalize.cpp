#include <fmt/format.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "extract/clean.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::extract {

namespace {

constexpr int longest_mark_run = 30;

bool is_dropped(UChar32 c) {
  if (c == '\t' || c == '\n') return false;
  const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool is_override = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return is_control || is_override || c == 0xAD || c == 0xFEFF || c == 0x200B;
}

/// Negative where the text is ill-formed.
UChar32 next_code_point(std::string_view text, std::size_t& position) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data()) + position;
  const auto window = static_cast<std::int32_t>(std::min<std::size_t>(text.size() - position, U8_MAX_LENGTH));
  UChar32 c = 0;
  std::int32_t offset = 0;
  U8_NEXT(bytes, offset, window, c);
  position += static_cast<std::size_t>(offset);
  return c;
}

bool has_endless_marks(const std::string& text) {
  int run = 0;
  for (std::size_t position = 0; position < text.size();) {
    const UChar32 c = next_code_point(text, position);
    run = c >= 0x300 && u_getCombiningClass(c) != 0 ? run + 1 : 0;
    if (run > longest_mark_run) return true;
  }
  return false;
}

std::string to_nfc(std::string text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status))
    throw Error(Fault::setup,
                std::string("ICU cannot normalize text (are its data installed?): ") + u_errorName(status));
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) || has_endless_marks(text))
    return text;
  if (nfc->isNormalizedUTF8(text, status) != 0) return text;
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  nfc->normalizeUTF8(0, text, sink, nullptr, status);
  return U_SUCCESS(status) ? result : text;
}

}  // namespace

std::string normalize(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t begin = position;
    const UChar32 c = next_code_point(text, position);
    if (c < 0) throw InvalidInput("body", text.substr(begin), fmt::format("not UTF-8 at byte {}", begin));
    if (c == '\r') {
      if (position == text.size() || text[position] != '\n') result += '\n';
    } else if (!is_dropped(c)) {
      result += text.substr(begin, position - begin);
    }
  }
  return to_nfc(std::move(result));
}

}  // namespace ragqueue::extract
