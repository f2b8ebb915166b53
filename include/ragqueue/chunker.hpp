#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "ragqueue/document.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

namespace ragqueue {

/// Cuts a document into the passages that are embedded. Extension point; must be thread-safe.
class RAGQUEUE_EXPORT Chunker {
 public:
  virtual ~Chunker();

  /// Returns the chunks in order. Together their contents hold all of the body, and of the title what the
  /// embedded texts do not begin with; none has more
  /// tokens than `embedder.limits().max_tokens`. A document without text has no chunks. One of more
  /// than max_document_chunks fails its job. Throws InvalidInput
  /// for text that is not UTF-8 or too large.
  [[nodiscard]] virtual std::vector<Chunk> split(const Document& document,
                                                 const Embedder& embedder) const = 0;
};

/// A document with more chunks is refused.
inline constexpr std::size_t max_document_chunks = 50'000;

/// How the built-in chunker cuts. Sizes are in tokens of the embedder at hand; the defaults are chosen by
/// measure (tests/recall).
struct ChunkOptions {
  std::size_t max_tokens = 100;  ///< Of a chunk with its title; the embedder's own limit if that is lower.
  std::size_t overlap_tokens =
      15;  ///< Carried over from the end of the chunk before, in whole sentences or words.
  std::size_t max_document_bytes = std::size_t{16} * 1024 * 1024;  ///< A larger document is refused.
};

/// Cuts where the text itself does: paragraphs, else sentences, else words, else characters (grapheme
/// clusters). Boundaries are those of Unicode Standard Annex 29, as ICU finds them. The title leads each
/// chunk's embedded text; of one longer than a third of max_tokens the first words do, and it is cut as text
/// as well.
///
/// Where a chunk may end at several boundaries of the same kind, a hash of the text around them chooses, so
/// that after an edit the chunks soon are those from before: content-defined chunking, as in Muthitacharoen,
/// Chen and Mazieres, "A Low-bandwidth Network File System", SOSP 2001; by the extreme in a window rather
/// than by a divisor, as in Bjorner, Blass and Gurevich, "Content-dependent chunking for differential
/// compression, the local maximum approach", J. Comput. Syst. Sci. 76, 2010.
///
/// Throws InvalidInput for options that cannot be. Memory: about three times the document. Work is
/// linear in it.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const Chunker> make_text_chunker(ChunkOptions options = {});

}  // namespace ragqueue
