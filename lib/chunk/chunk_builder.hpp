#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chunk/outline.hpp"
#include "chunk/segment.hpp"
#include "ragqueue/document.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/uuid.hpp"

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
  Outline outline{};       ///< Behind the head comes the path of headings, and a table's header.
};

/// Fills chunks greedily with segments of the text, whole paragraphs first.
///
/// A segment that fits into the current chunk joins it. One that does not fit
/// - begins a new chunk if the current one is at least half full, or if it is a word or less that a new chunk
/// could hold;
/// - otherwise is taken apart into segments of the next lower level.
///
/// A chunk that has to end does so at the best boundary in its second half: one of the highest level, and of
/// these the one with the least hash of the text around it. So a chunk mostly begins where a paragraph does,
/// none but the last is less than half full unless a word is very long, and two ways of filling that see the
/// same text soon choose the same boundary, and from there on agree: a change moves few boundaries behind it.
///
/// Code and tables are taken apart into lines. Where the text has an outline, a section's beginning is the
/// best boundary, and no chunk ends with a heading.
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
    SegmentLevel boundary = SegmentLevel::paragraph;  ///< The highest of what begins where it begins.
  };
  /// The segments of what was taken apart.
  struct Parts {
    SegmentReader reader;
    SegmentLevel boundary;  ///< Of the next.
  };

  [[nodiscard]] std::optional<Piece> next();
  [[nodiscard]] Piece measure(Segment segment, SegmentLevel boundary) const;
  void place(const Piece& piece);
  [[nodiscard]] bool fits(const Piece& piece);
  [[nodiscard]] bool begins_chunk(const Piece& piece) const;
  /// Whether a chunk of so many tokens is.
  [[nodiscard]] bool half_full(std::size_t tokens) const;
  void append(const Piece& piece);
  void take_apart(const Piece& piece);
  /// Gives back what lies behind the best boundary before `next`, which does not fit.
  void cut_before(const Piece& next);
  [[nodiscard]] Uuid hash_boundary(std::size_t end, std::size_t begin) const;
  void close();
  void return_excess();
  void return_last();
  void emit();
  void emit_without_head(const Segment& character);
  void start_chunk(std::optional<Piece> overlap);
  [[nodiscard]] std::optional<Piece> find_overlap(std::size_t begin, std::size_t end) const;
  [[nodiscard]] std::optional<Piece> last_segments(std::size_t begin, std::size_t end,
                                                   SegmentLevel level) const;

  /// What leads a chunk whose own text begins at `position`.
  void set_head(std::size_t position);
  [[nodiscard]] std::string path_to(std::size_t position) const;
  [[nodiscard]] bool is_share(std::string_view text) const;
  [[nodiscard]] SegmentLevel below(const Segment& segment) const;

  [[nodiscard]] std::size_t count(std::string_view text) const;
  [[nodiscard]] std::string_view content() const;
  [[nodiscard]] std::string embedded_text() const;
  /// Replaces the sum of the current chunk's tokens by the true count.
  void recount();

  const Embedder& embedder_;
  ChunkLimits limits_;
  ChunkedText input_;
  std::string head_;
  std::size_t head_tokens_ = 0;
  std::vector<Chunk>& chunks_;

  /// What is still to be placed; the back comes first in the text.
  std::vector<std::variant<Piece, Parts>> pending_;

  // The chunk that is being filled.
  std::optional<Piece> overlap_;
  std::vector<Piece> pieces_;
  std::size_t tokens_ = 0;
  bool exact_ = false;  ///< tokens_ is a true count, no sum.
};

/// `head` and `content` as they are embedded.
[[nodiscard]] std::string join_head(std::string_view head, std::string_view content);

}  // namespace ragqueue
