#include "extract/markdown_text.hpp"

#include <md4c.h>

#include <exception>
#include <limits>
#include <new>
#include <string>

#include "extract/html_text.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::extract {

namespace {

/// Hears of blocks, spans and texts in order, and tells the builder.
class MarkdownReader {
 public:
  explicit MarkdownReader(TextBuilder& builder) : builder_(builder) {}

  void begin_block(MD_BLOCKTYPE type, void* detail) {
    in_html_block_ = type == MD_BLOCK_HTML;
    switch (type) {
      case MD_BLOCK_H:
        return builder_.begin_heading(static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level));
      case MD_BLOCK_CODE:
        return builder_.begin_code();
      case MD_BLOCK_TABLE:
        return builder_.begin_table();
      case MD_BLOCK_TH:
      case MD_BLOCK_TD:
        if (cells_++ > 0) builder_.gap(Gap::cell);
        is_header_ = type == MD_BLOCK_TH;
        return;
      case MD_BLOCK_LI:
      case MD_BLOCK_THEAD:
      case MD_BLOCK_TBODY:
        return builder_.gap(Gap::line);
      case MD_BLOCK_TR:
        cells_ = 0;
        return;
      default:
        return builder_.gap(Gap::paragraph);
    }
  }

  void end_block(MD_BLOCKTYPE type) {
    switch (type) {
      case MD_BLOCK_H:
        return builder_.end_heading();
      case MD_BLOCK_CODE:
        return builder_.end_code();
      case MD_BLOCK_HTML:
        in_html_block_ = false;
        add_html(builder_, html_);
        html_.clear();
        return builder_.gap(Gap::paragraph);
      case MD_BLOCK_TABLE:
        return builder_.end_table();
      case MD_BLOCK_TR:
        return builder_.end_row(is_header_);
      case MD_BLOCK_LI:
      case MD_BLOCK_THEAD:
      case MD_BLOCK_TBODY:
        return builder_.gap(Gap::line);
      case MD_BLOCK_TH:
      case MD_BLOCK_TD:
        return;
      default:
        return builder_.gap(Gap::paragraph);
    }
  }

  void text(MD_TEXTTYPE type, std::string_view text) {
    switch (type) {
      case MD_TEXT_BR:
        return builder_.gap(Gap::line);
      case MD_TEXT_SOFTBR:
        return builder_.gap(Gap::space);
      case MD_TEXT_NULLCHAR:
        return;
      case MD_TEXT_ENTITY:
        return builder_.add(decode_entity(text));
      case MD_TEXT_HTML:
        return add_tags(text);
      default:
        return builder_.add(text);
    }
  }

  /// No exception may pass through md4c; what is returned ends its run.
  template <class Step>
  int guard(Step step) noexcept {
    try {
      step(*this);
      return 0;
    } catch (...) {
      fault_ = std::current_exception();
      return 1;
    }
  }

  [[nodiscard]] std::exception_ptr fault() const { return fault_; }

 private:
  /// A block of HTML comes line by line, and is read whole. A tag amid text has no text of its own.
  void add_tags(std::string_view text) {
    if (in_html_block_) {
      html_ += text;
    } else if (text.starts_with("<br")) {
      builder_.gap(Gap::line);
    }
  }

  TextBuilder& builder_;
  std::string html_{};
  bool in_html_block_ = false;
  bool is_header_ = false;
  std::exception_ptr fault_{};
  std::size_t cells_ = 0;
};

MarkdownReader& markdown_reader_of(void* reader) {
  return *static_cast<MarkdownReader*>(reader);
}

MD_PARSER make_parser() {
  MD_PARSER parser{};
  parser.flags = MD_DIALECT_GITHUB;
  parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* reader) {
    return markdown_reader_of(reader).guard([&](MarkdownReader& one) { one.begin_block(type, detail); });
  };
  parser.leave_block = [](MD_BLOCKTYPE type, void* /*detail*/, void* reader) {
    return markdown_reader_of(reader).guard([&](MarkdownReader& one) { one.end_block(type); });
  };
  parser.enter_span = [](MD_SPANTYPE /*type*/, void* /*detail*/, void* /*reader*/) { return 0; };
  parser.leave_span = [](MD_SPANTYPE /*type*/, void* /*detail*/, void* /*reader*/) { return 0; };
  parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* reader) {
    return markdown_reader_of(reader).guard([&](MarkdownReader& one) { one.text(type, {text, size}); });
  };
  return parser;
}

}  // namespace

void add_markdown(TextBuilder& builder, std::string_view markdown) {
  if (markdown.size() > std::numeric_limits<MD_SIZE>::max())
    throw InvalidInput("body", markdown.substr(0, 60), "Markdown of more than 4 GiB");
  MarkdownReader reader(builder);
  const MD_PARSER parser = make_parser();
  const int status = md_parse(markdown.data(), static_cast<MD_SIZE>(markdown.size()), &parser, &reader);
  if (reader.fault()) std::rethrow_exception(reader.fault());
  if (status != 0) throw std::bad_alloc();
}

}  // namespace ragqueue::extract
