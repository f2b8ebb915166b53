#include <string_view>
#include <utility>

#include "worker/batch.hpp"
#include "worker/bisect.hpp"

namespace ragqueue {

void Batch::extract() {
  if (!pipeline_.extractor) return;
  for (Item* const& item : active()) {
    if (item->removal) continue;
    bisect(
        std::span(&item, 1),
        [this](std::span<Item* const> group) {
          Document& document = group.front()->indexed.document;
          ExtractedText extracted = call("text extractor", group.front()->job, [&] {
            return pipeline_.extractor->extract(document.body, document.format);
          });
          document.body = std::move(extracted.text);
          document.blocks = std::move(extracted.blocks);
        },
        blame("text extractor"));
  }
}

}  // namespace ragqueue
