#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/text_extractor.hpp"

namespace ragqueue::testing {

inline ExtractedText extract(std::string_view body, TextFormat format = TextFormat::automatic) {
  return make_text_extractor()->extract(body, format);
}

/// The texts of the blocks of a kind.
inline std::vector<std::string> blocks_of(const ExtractedText& extracted, TextBlock::Kind kind) {
  std::vector<std::string> result;
  for (const TextBlock& block : extracted.blocks) {
    if (block.kind == kind) result.push_back(extracted.text.substr(block.begin, block.end - block.begin));
  }
  return result;
}

}  // namespace ragqueue::testing
