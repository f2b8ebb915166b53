#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/document.hpp"
#include "ragqueue/export.hpp"

namespace ragqueue {

/// What a reader of the body sees, as plain text.
struct ExtractedText {
  std::string text{};               ///< UTF-8, NFC, lines end with "\n", paragraphs with a blank line.
  std::vector<TextBlock> blocks{};  ///< In order; none overlaps another.
  std::size_t left_out = 0;  ///< Bytes that stood for no text: inline images, encoded or minified data.
};

/// Turns a body as it is stored into text. Extension point; must be thread-safe.
class RAGQUEUE_EXPORT TextExtractor {
 public:
  virtual ~TextExtractor();

  /// `body` is UTF-8. Throws InvalidInput for a body that it refuses; that costs the body's own job alone.
  [[nodiscard]] virtual ExtractedText extract(std::string_view body, TextFormat format) const = 0;
};

/// The format by which make_text_extractor() reads a body whose format is automatic: html or markdown where
/// the body has their marks beyond doubt, else text.
[[nodiscard]] RAGQUEUE_EXPORT TextFormat detect_text_format(std::string_view body);

/// Reads HTML by libxml2 and Markdown (GitHub's) by md4c, and cleans each text: no control characters, no
/// data: URIs, no runs of base64, hex or minified code.
///
/// Of HTML stays what a reader of the page sees: no scripts, styles, comments or hidden parts; entities are
/// decoded; the ends of blocks end paragraphs; list items, cells and rows stand apart; alt texts stay.
///
/// Refuses HTML with elements nested deeper than 1,000, or with a tag of more than 1,000 attributes. Work and
/// memory are linear in the body. In the library ragqueue::extract.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const TextExtractor> make_text_extractor();

}  // namespace ragqueue
