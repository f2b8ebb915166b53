#include "ragqueue/chunker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "chunk/chunk_builder.hpp"
#include "chunk/segment.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

/// A longer title would leave the text too little room; it leads the chunks with its first words only.
constexpr std::size_t head_share = 3;

void check_text(std::string_view field, std::string_view text) {
  if (const auto offset = find_invalid_utf8(text)) {
    throw InvalidInput(std::string(field), text, fmt::format("not UTF-8 at byte {}", *offset));
  }
  if (const std::size_t offset = text.find('\0'); offset != std::string_view::npos) {
    throw InvalidInput(std::string(field), text, fmt::format("NUL at byte {}", offset));
  }
}

void check(const Document& document, const ChunkOptions& options) {
  const std::size_t size = document.title.size() + document.body.size();
  if (size > options.max_document_bytes) {
    const bool body_is_larger = document.body.size() >= document.title.size();
    throw InvalidInput(body_is_larger ? "body" : "title", body_is_larger ? document.body : document.title,
                       fmt::format("the document has {} bytes; at most {} (max_document_bytes)", size,
                                   options.max_document_bytes));
  }
  check_text("title", document.title);
  check_text("body", document.body);
}

/// As many of the title's first words as have at most `tokens`.
std::string_view leading_words(std::string_view title, std::size_t tokens, const Embedder& embedder) {
  std::string_view head;
  SegmentReader words(title, 0, title.size(), SegmentLevel::word);
  for (std::size_t taken = 0; taken < tokens; ++taken) {  // a word has at least one token
    const auto word = words.next();
    if (!word) break;
    const std::string_view longer = title.substr(0, word->end);
    if (embedder.count_tokens(longer) > tokens) break;
    head = longer;
  }
  return head;
}

class TextChunker final : public Chunker {
 public:
  explicit TextChunker(ChunkOptions options) : options_(options) {}

  [[nodiscard]] std::vector<Chunk> split(const Document& document, const Embedder& embedder) const override {
    check(document, options_);
    const ChunkLimits limits = limits_for(embedder);
    const std::string_view title = trim(document.title);
    const std::string_view body = trim(document.body);
    const std::string_view head = body.empty() ? std::string_view() : head_of(title, limits.tokens, embedder);
    std::vector<Chunk> chunks;
    if (head.size() < title.size()) {
      ChunkBuilder(embedder, limits, {.field = "title", .text = title, .head = {}, .outline = {}}, chunks)
          .build();
    }
    ChunkBuilder(embedder, limits,
                 {.field = "body",
                  .text = body,
                  .head = head,
                  .outline = Outline(document.body, body, document.blocks)},
                 chunks)
        .build();
    return chunks;
  }

 private:
  [[nodiscard]] ChunkLimits limits_for(const Embedder& embedder) const {
    const std::size_t tokens = std::min(options_.max_tokens, embedder.limits().max_tokens);
    if (tokens == 0) {
      throw Error(Fault::setup, fmt::format("the embedder {} takes no text: its limits().max_tokens is 0",
                                            embedder.name()));
    }
    return {.tokens = tokens, .overlap = std::min(options_.overlap_tokens, tokens / 2)};
  }

  static std::string_view head_of(std::string_view title, std::size_t tokens, const Embedder& embedder) {
    const std::size_t share = tokens / head_share;
    // Longer than any share can be, so not worth counting.
    const bool may_fit = title.size() <= SegmentReader::max_segment_bytes;
    if (may_fit && embedder.count_tokens(title) <= share) return title;
    return leading_words(title, share, embedder);
  }

  ChunkOptions options_;
};

}  // namespace

std::shared_ptr<const Chunker> make_text_chunker(ChunkOptions options) {
  if (options.max_tokens == 0) throw InvalidInput("max_tokens", "0", "must be at least 1");
  if (options.overlap_tokens >= options.max_tokens) {
    throw InvalidInput("overlap_tokens", std::to_string(options.overlap_tokens),
                       fmt::format("must be less than max_tokens, {}", options.max_tokens));
  }
  return std::make_shared<TextChunker>(options);
}

}  // namespace ragqueue
