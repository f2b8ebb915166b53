#include <string_view>
#include <utility>

#include "ragqueue/error.hpp"
#include "worker/batch.hpp"
#include "worker/bisect.hpp"

namespace ragqueue {

namespace {

void check_blocks(const ExtractedText& extracted) {
  std::size_t end = 0;
  for (const TextBlock& block : extracted.blocks) {
    const bool is_sound =
        block.begin >= end && block.end >= block.begin && block.end <= extracted.text.size();
    const bool has_header = block.kind == TextBlock::Kind::table;
    if (!is_sound || (has_header && (block.header_end < block.begin || block.header_end > block.end)))
      throw Error(Fault::job, "it returned blocks that overlap, are out of order, or end behind the text");
    end = block.end;
  }
}

}  // namespace

void Batch::extract() {
  if (!pipeline_.extractor) return;
  for (Item* const& item : active()) {
    if (item->removal) continue;
    bisect(
        std::span(&item, 1), [this](std::span<Item* const> group) { extract_item(*group.front()); },
        blame("text extractor"));
  }
}

void Batch::extract_item(Item& item) {
  Document& document = item.indexed.document;
  ExtractedText extracted = call("text extractor", item.job, [&] {
    return pipeline_.extractor->extract(document.body, document.format);
  });
  check_blocks(extracted);
  item.left_out = extracted.left_out;
  if (item.left_out > 0) log_left_out(item.job, item.left_out, document.body.size());
  document.body = std::move(extracted.text);
  document.blocks = std::move(extracted.blocks);
}

}  // namespace ragqueue
