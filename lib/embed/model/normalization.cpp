#include "embed/model/normalization.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

constexpr std::int32_t zero_width_space = 0x200B;
constexpr std::int32_t byte_order_mark = 0xFEFF;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

/// The model knows no piece for these: left alone they would be unknown words.
bool separates(std::int32_t character) {
  if (character > ' ' && character < 0x7F) return false;
  return u_isUWhiteSpace(character) || u_charType(character) == U_CONTROL_CHAR ||
         character == zero_width_space || character == byte_order_mark;
}

std::string collapse_space(std::string_view text) {
  std::string collapsed;
  collapsed.reserve(text.size());
  bool pending = false;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t begin = position;
    if (separates(next_code_point(text, position))) {
      pending = true;
      continue;
    }
    if (pending && !collapsed.empty()) collapsed.push_back(' ');
    pending = false;
    collapsed.append(text, begin, position - begin);
  }
  return collapsed;
}

}  // namespace

std::string normalize_nfkc(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCInstance(status);
  std::string normalized;
  icu::StringByteSink<std::string> sink(&normalized);
  if (U_SUCCESS(status)) {
    const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
    normalizer->normalizeUTF8(0, piece, sink, nullptr, status);
  }
  if (U_FAILURE(status))
    throw Error(Fault::setup, std::string("ICU cannot normalize: ") + u_errorName(status));
  return normalized;
}

std::string normalize_text(std::string_view text) {
  return is_ascii(text) ? collapse_space(text) : collapse_space(normalize_nfkc(text));
}

}  // namespace ragqueue
