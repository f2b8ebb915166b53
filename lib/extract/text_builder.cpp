#include "extract/text_builder.hpp"

#include <algorithm>
#include <utility>

namespace ragqueue::extract {

namespace {

constexpr std::string_view white_space = " \t\n\r\f\v";

std::string_view text_of(Gap gap) {
  switch (gap) {
    case Gap::none:
      return "";
    case Gap::space:
      return " ";
    case Gap::cell:
      return " | ";
    case Gap::line:
      return "\n";
    case Gap::paragraph:
      return "\n\n";
  }
  return "";
}

}  // namespace

void TextBuilder::gap(Gap gap) {
  gap_ = std::max(gap_, gap);
}

void TextBuilder::flush() {
  if (!text_.empty()) text_ += text_of(gap_);
  gap_ = Gap::none;
  if (is_open_ && !has_begun_) {
    has_begun_ = true;
    open_.begin = text_.size();
  }
  if (!tables_.empty() && !tables_.back().has_text) {
    tables_.back().has_text = true;
    tables_.back().block = blocks_.size();
    blocks_.push_back({.kind = TextBlock::Kind::table,
                       .begin = text_.size(),
                       .end = text_.size(),
                       .header_end = text_.size()});
  }
}

void TextBuilder::add(std::string_view text) {
  if (code_depth_ == 0) return add_folded(text);
  if (text.empty()) return;
  // A line break that opens a code block, or closes it, is no line of the code.
  if (!has_begun_) text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
  const std::size_t last = text.find_last_not_of('\n');
  const std::size_t breaks = last == std::string_view::npos ? text.size() : text.size() - last - 1;
  if (last != std::string_view::npos) {
    flush();
    text_ += text.substr(0, last + 1);
  }
  if (breaks > 0 && has_begun_) gap(breaks > 1 || gap_ == Gap::line ? Gap::paragraph : Gap::line);
}

void TextBuilder::add_folded(std::string_view text) {
  while (!text.empty()) {
    const std::size_t begin = text.find_first_not_of(white_space);
    if (begin != 0) gap(Gap::space);
    if (begin == std::string_view::npos) return;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(white_space), text.size());
    flush();
    text_ += text.substr(0, end);
    text.remove_prefix(end);
  }
}

void TextBuilder::begin_block(TextBlock::Kind kind, int level) {
  end_block();
  gap(Gap::paragraph);
  open_ = {.kind = kind, .level = level};
  is_open_ = true;
  has_begun_ = false;
}

void TextBuilder::end_block() {
  if (is_open_ && has_begun_) {
    open_.end = text_.size();
    blocks_.push_back(open_);
  }
  is_open_ = false;
  has_begun_ = false;
}

void TextBuilder::begin_heading(int level) {
  begin_block(TextBlock::Kind::heading, level);
}

void TextBuilder::end_heading() {
  end_block();
  gap(Gap::paragraph);
}

void TextBuilder::begin_code() {
  if (code_depth_++ == 0) begin_block(TextBlock::Kind::code, 0);
}

void TextBuilder::end_code() {
  if (code_depth_ == 0 || --code_depth_ > 0) return;
  end_block();
  gap(Gap::paragraph);
}

void TextBuilder::begin_table() {
  end_block();
  if (!tables_.empty()) tables_.back().is_layout = true;
  tables_.emplace_back();
  gap(Gap::paragraph);
}

void TextBuilder::end_row(bool is_header) {
  if (!tables_.empty() && tables_.back().has_text) {
    OpenTable& table = tables_.back();
    if (is_header && !table.has_body) {
      blocks_[table.block].header_end = text_.size();
    } else {
      table.has_body = true;
    }
  }
  gap(Gap::line);
}

void TextBuilder::end_table() {
  if (tables_.empty()) return;
  const OpenTable table = tables_.back();
  tables_.pop_back();
  gap(Gap::paragraph);
  if (table.has_text) blocks_[table.block].end = table.is_layout ? blocks_[table.block].begin : text_.size();
}

ExtractedText TextBuilder::finish() {
  end_block();
  while (!tables_.empty()) end_table();
  std::erase_if(blocks_, [](const TextBlock& block) { return block.begin == block.end; });
  std::ranges::sort(blocks_, [](const TextBlock& one, const TextBlock& other) {
    return one.begin != other.begin ? one.begin < other.begin : one.end > other.end;
  });
  // What stands inside of a table's cell is part of the table.
  std::size_t end = 0;
  std::erase_if(blocks_, [&end](const TextBlock& block) {
    const bool is_inside = block.begin < end;
    end = std::max(end, block.end);
    return is_inside;
  });
  return {.text = std::move(text_), .blocks = std::move(blocks_)};
}

}  // namespace ragqueue::extract
