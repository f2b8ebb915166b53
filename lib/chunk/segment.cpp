#include "chunk/segment.hpp"

#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

void require_icu(UErrorCode status) {
  if (U_FAILURE(status)) {
    throw Error(Fault::setup, std::string("ICU cannot find text boundaries (are its data installed?): ") +
                                  u_errorName(status));
  }
}

std::unique_ptr<icu::BreakIterator> make_iterator(SegmentLevel level) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Locale& root = icu::Locale::getRoot();
  std::unique_ptr<icu::BreakIterator> iterator;
  if (level == SegmentLevel::sentence) {
    iterator.reset(icu::BreakIterator::createSentenceInstance(root, status));
  } else if (level == SegmentLevel::word) {
    iterator.reset(icu::BreakIterator::createWordInstance(root, status));
  } else {
    iterator.reset(icu::BreakIterator::createCharacterInstance(root, status));
  }
  require_icu(status);
  return iterator;
}

void set_text(icu::BreakIterator& iterator, std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  UText utext = UTEXT_INITIALIZER;
  utext_openUTF8(&utext, text.data(), static_cast<std::int64_t>(text.size()), &status);
  iterator.setText(&utext, status);  // keeps a clone of its own
  utext_close(&utext);
  require_icu(status);
}

/// A line that ends without a full stop, before one that begins in lower case, is wrapped.
bool is_wrapped_line(std::string_view after_break) {
  const std::size_t start = after_break.find_first_not_of(" \t");
  if (start == std::string_view::npos) return false;
  std::size_t position = start;
  return u_islower(next_code_point(after_break, position)) != 0;
}

/// The `1.` of a list's item, or its bullet.
bool is_item_mark(std::string_view sentence) {
  constexpr std::size_t longest = 8;
  const std::string_view mark = trim(sentence);
  if (mark.size() > longest) return false;
  for (std::size_t position = 0; position < mark.size();) {
    if (u_isalpha(next_code_point(mark, position)) != 0) return false;
  }
  return true;
}

/// Punctuation behind a word without white space belongs to it; between letters without spaces there is a
/// true boundary.
bool begins_word(std::string_view text, std::size_t boundary) {
  std::size_t position = boundary;
  if (u_isalnum(next_code_point(text, position)) != 0) return true;
  std::size_t before = boundary - 1;
  while (before > 0 && is_continuation(text[before])) --before;
  return trim(text.substr(before, boundary - before)).empty();
}

}  // namespace

/// A part of the text that an ICU iterator walks over.
class SegmentReader::Window {
 public:
  Window(std::string_view text, std::size_t begin, std::size_t end, SegmentLevel level)
      : begin_(begin),
        text_(cut(text.substr(0, end), begin)),
        level_(level),
        iterator_(make_iterator(level)) {
    set_text(*iterator_, text_);
  }

  void move_to(std::string_view text, std::size_t begin, std::size_t end) {
    begin_ = begin;
    text_ = cut(text.substr(0, end), begin);
    set_text(*iterator_, text_);
  }

  [[nodiscard]] std::size_t begin() const { return begin_; }
  [[nodiscard]] std::size_t end() const { return begin_ + text_.size(); }

  /// The end of the segment that begins at `start`, if it lies before the window's end. Offsets are in the
  /// whole text.
  [[nodiscard]] std::optional<std::size_t> next(std::size_t start) {
    while (true) {
      const std::int32_t found = iterator_->next();
      if (found == icu::BreakIterator::DONE || static_cast<std::size_t>(found) >= text_.size())
        return std::nullopt;
      if (counts(start - begin_, static_cast<std::size_t>(found)))
        return begin_ + static_cast<std::size_t>(found);
    }
  }

  /// Where to cut when the window holds no boundary: the last one of the next lower level that has any.
  [[nodiscard]] std::size_t lower_boundary() const {
    for (const SegmentLevel level : {SegmentLevel::word, SegmentLevel::grapheme}) {
      if (level <= level_) continue;
      const auto iterator = make_iterator(level);
      set_text(*iterator, text_);
      const std::int32_t found = iterator->preceding(static_cast<std::int32_t>(text_.size()));
      if (found > 0) return begin_ + static_cast<std::size_t>(found);
    }
    return end();
  }

 private:
  static std::string_view cut(std::string_view text, std::size_t begin) {
    std::size_t end = std::min(text.size(), begin + max_segment_bytes);
    while (end < text.size() && is_continuation(text[end])) --end;
    return text.substr(begin, end - begin);
  }

  [[nodiscard]] bool counts(std::size_t start, std::size_t boundary) const {
    if (level_ == SegmentLevel::word) return begins_word(text_, boundary);
    if (level_ != SegmentLevel::sentence) return true;
    const bool wrapped =
        iterator_->getRuleStatus() >= UBRK_SENTENCE_SEP && is_wrapped_line(text_.substr(boundary));
    return !wrapped && !is_item_mark(text_.substr(start, boundary - start));
  }

  std::size_t begin_;
  std::string_view text_;
  SegmentLevel level_;
  std::unique_ptr<icu::BreakIterator> iterator_;
};

SegmentReader::SegmentReader(std::string_view text, std::size_t begin, std::size_t end, SegmentLevel level)
    : text_(text.substr(0, end)), position_(begin), end_(end), level_(level) {}

SegmentReader::~SegmentReader() = default;
SegmentReader::SegmentReader(SegmentReader&&) noexcept = default;
SegmentReader& SegmentReader::operator=(SegmentReader&&) noexcept = default;

std::optional<Segment> SegmentReader::next() {
  while (position_ < end_) {
    const std::size_t boundary = next_boundary();
    const std::string_view segment = trim(text_.substr(position_, boundary - position_));
    position_ = boundary;
    if (segment.empty()) continue;
    const auto begin = static_cast<std::size_t>(segment.data() - text_.data());
    return Segment{.begin = begin, .end = begin + segment.size(), .level = level_};
  }
  return std::nullopt;
}

std::size_t SegmentReader::next_boundary() {
  if (level_ <= SegmentLevel::paragraph) return next_paragraph_end();
  if (level_ == SegmentLevel::line) return std::min(text_.find('\n', position_), end_ - 1) + 1;
  if (level_ == SegmentLevel::code_point) {
    std::size_t position = position_;
    (void)next_code_point(text_, position);
    return position;
  }
  return next_break();
}

std::size_t SegmentReader::next_paragraph_end() const {
  std::size_t line_end = text_.find('\n', position_);
  while (line_end != std::string_view::npos) {
    const std::size_t next_line = line_end + 1;
    const std::size_t content = text_.find_first_not_of(" \t\r\f\v", next_line);
    if (content == std::string_view::npos) break;
    if (text_[content] == '\n') return content + 1;
    line_end = text_.find('\n', content);
  }
  return end_;
}

std::size_t SegmentReader::next_break() {
  if (!window_) window_ = std::make_unique<Window>(text_, position_, end_, level_);
  if (const auto boundary = window_->next(position_)) return *boundary;
  if (window_->end() == end_) return end_;
  // The last segment of a window may go on behind it: look again with the window beginning there.
  if (window_->begin() != position_) {
    window_->move_to(text_, position_, end_);
    if (const auto boundary = window_->next(position_)) return *boundary;
    if (window_->end() == end_) return end_;
  }
  const std::size_t boundary = window_->lower_boundary();
  if (boundary < end_) window_->move_to(text_, boundary, end_);
  return boundary;
}

}  // namespace ragqueue
