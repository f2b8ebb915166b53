#include "ragqueue/text_extractor.hpp"

#include <utility>

#include "extract/clean.hpp"
#include "extract/html_text.hpp"
#include "extract/markdown_text.hpp"

namespace ragqueue {

namespace {

/// Blocks are known by their place, which cleaning moves; so what is cleaned is each stretch between their
/// ends.
ExtractedText clean_around(const ExtractedText& dirty) {
  ExtractedText result;
  std::size_t at = 0;
  const auto take = [&](std::size_t end) {
    extract::Cleaned part = extract::remove_encoded_runs(std::string_view(dirty.text).substr(at, end - at));
    result.text += part.text;
    result.left_out += part.left_out;
    at = end;
  };
  for (TextBlock block : dirty.blocks) {
    const std::size_t header_end = block.header_end;
    take(block.begin);
    block.begin = block.header_end = result.text.size();
    if (header_end > at) take(header_end);
    block.header_end = result.text.size();
    take(block.end);
    block.end = result.text.size();
    if (block.end > block.begin) result.blocks.push_back(block);
  }
  take(dirty.text.size());
  return result;
}

class StandardExtractor final : public TextExtractor {
 public:
  [[nodiscard]] ExtractedText extract(std::string_view body, TextFormat format) const override {
    const extract::Cleaned raw = extract::remove_data_uris(body);
    const std::string text = extract::normalize(raw.text);
    if (format == TextFormat::automatic) format = detect_text_format(text);
    ExtractedText result = clean_around(read(text, format));
    result.left_out += raw.left_out;
    return result;
  }

 private:
  static ExtractedText read(const std::string& text, TextFormat format) {
    extract::TextBuilder builder;
    if (format == TextFormat::html) {
      extract::add_html(builder, text);
    } else if (format == TextFormat::markdown) {
      extract::add_markdown(builder, text);
    } else {
      return {.text = text};
    }
    return builder.finish();
  }
};

}  // namespace

std::shared_ptr<const TextExtractor> make_text_extractor() {
  return std::make_shared<StandardExtractor>();
}

}  // namespace ragqueue
