#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ragqueue::extract {

/// A text, and how many bytes of it are gone.
struct Cleaned {
  std::string text{};
  std::size_t left_out = 0;
};

/// Without what data: URIs carry: their bytes are an image's or a font's, and no text.
[[nodiscard]] Cleaned remove_data_uris(std::string_view text);

/// Without runs of base64 and hex, and without lines of minified code. A run has 200 bytes or more in one
/// line, or four lines or more of 60 bytes or more.
[[nodiscard]] Cleaned remove_encoded_runs(std::string_view text);

/// Lines end with "\n"; no control characters, soft hyphens, byte order marks or overrides of the direction
/// of writing; in NFC. A text with more than 30 combining marks in a row, which is none (Unicode Standard
/// Annex 15, "Stream-Safe Text Format"), is not brought to NFC: its cost would grow with the square of the
/// run.
/// Throws InvalidInput for bytes that are not UTF-8.
[[nodiscard]] std::string normalize(std::string_view text);

}  // namespace ragqueue::extract
