#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/segment.hpp"
#include "ragqueue/document.hpp"
#include "ragqueue/embedder.hpp"

namespace ragqueue {

/// Sizes of a chunk, in tokens.
struct ChunkLimits {
  std::size_t tokens = 0;
  std::size_t overlap = 0;
};

/// One text to be cut. All views outlive the builder.
struct ChunkedText {
  std::string_view field;  ///< What the text is called in error messages.
  std::string_view text;   ///< Well-formed UTF-8.
  std::string_view head;   ///< Leads each chunk's embedded text; may be empty.
};

/// Fills chunks greedily with segments of the text, whole paragraphs first.
///
/// A segment that fits into the current chunk joins it. One that does not fit
/// - begins a new chunk if the current one is at least half full, or if it is a word or less that a new chunk
/// could hold;
/// - otherwise is taken apart into segments of the next lower level.
///
/// So a chunk mostly begins where a paragraph does, none but the last is less than half full unless a word is
/// very long, and after a change early in the text the boundaries soon fall where they fell before.
///
/// The embedder's counts are not additive. Segments are measured once and summed; when a sum reaches the
/// limit, the chunk as it stands is counted, and what is too much goes back to be placed again. A segment
/// counts for at least one token, which bounds a chunk even for an embedder that counts nothing.
class ChunkBuilder {
 public:
  ChunkBuilder(const Embedder& embedder, ChunkLimits limits, ChunkedText input, std::vector<Chunk>& chunks);

  /// Appends the text's chunks. Throws InvalidInput when a single character has more tokens than a chunk may.
  void build();

 private:
  struct Piece {
    Segment segment;
    std::size_t tokens = 0;
  };

  [[nodiscard]] std::optional<Piece> next();
  [[nodiscard]] Piece measure(Segment segment) const;
  void place(const Piece& piece);
  [[nodiscard]] bool fits(const Piece& piece);
  [[nodiscard]] bool begins_chunk(const Piece& piece) const;
  void append(const Piece& piece);
  void take_apart(const Piece& piece);
  void close();
  void return_excess();
  void emit();
  void emit_without_head(const Segment& character);
  void start_chunk(std::optional<Piece> overlap);
  [[nodiscard]] std::optional<Piece> find_overlap(std::size_t begin, std::size_t end) const;
  [[nodiscard]] std::optional<Piece> last_segments(std::size_t begin, std::size_t end,
                                                   SegmentLevel level) const;

  [[nodiscard]] std::size_t count(std::string_view text) const;
  [[nodiscard]] std::string_view content() const;
  [[nodiscard]] std::string embedded_text() const;
  /// Replaces the sum of the current chunk's tokens by the true count.
  void recount();

  const Embedder& embedder_;
  ChunkLimits limits_;
  ChunkedText input_;
  std::size_t head_tokens_;
  std::vector<Chunk>& chunks_;

  /// What is still to be placed; the back comes first in the text.
  std::vector<std::variant<Piece, SegmentReader>> pending_;

  // The chunk that is being filled.
  std::optional<Piece> overlap_;
  std::vector<Piece> pieces_;
  std::size_t tokens_ = 0;
  bool exact_ = false;  ///< tokens_ is a true count, no sum.
};

/// `head` and `content` as they are embedded.
[[nodiscard]] std::string join_head(std::string_view head, std::string_view content);

}  // namespace ragqueue
