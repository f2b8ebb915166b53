#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace ragqueue {

/// What a text is made of, from the whole to the smallest.
/// A section begins at a heading, and is never read as one segment; lines are what code and tables have in
/// the place of sentences.
enum class SegmentLevel { section, paragraph, sentence, line, word, grapheme, code_point };

/// A stretch of a text, in bytes. Never empty, no white space at its ends.
struct Segment {
  std::size_t begin = 0;
  std::size_t end = 0;
  SegmentLevel level = SegmentLevel::paragraph;
};

/// Reads a stretch of text front to back in segments of one level; white space between them is left out.
///
/// Paragraphs end at blank lines. Sentences, words and grapheme clusters are those of Unicode Standard Annex
/// 29 in ICU's root locale (dictionaries for Chinese, Japanese, Thai, Lao, Khmer and Burmese), with two
/// changes: a sentence goes on over a line break when the next line begins in lower case, and a word takes
/// along what is attached to it, such as punctuation.
///
/// Looks at no more than max_segment_bytes of the text at a time, so that memory and work stay bounded and
/// ICU's 32-bit offsets do no harm. A sentence, word or cluster longer than that is cut there, at a boundary
/// of a lower level if there is one. The text must be well-formed UTF-8 and outlive the reader.
class SegmentReader {
 public:
  static constexpr std::size_t max_segment_bytes = 65'536;

  SegmentReader(std::string_view text, std::size_t begin, std::size_t end, SegmentLevel level);
  ~SegmentReader();
  SegmentReader(SegmentReader&&) noexcept;
  SegmentReader& operator=(SegmentReader&&) noexcept;

  [[nodiscard]] std::optional<Segment> next();

 private:
  class Window;
  [[nodiscard]] std::size_t next_boundary();
  [[nodiscard]] std::size_t next_paragraph_end() const;
  [[nodiscard]] std::size_t next_break();

  std::string_view text_;
  std::size_t position_;
  std::size_t end_;
  SegmentLevel level_;
  std::unique_ptr<Window> window_;
};

}  // namespace ragqueue
