#include "extract/html_text.hpp"

#include <fmt/format.h>
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "extract/html_elements.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::extract {

namespace {

constexpr std::size_t max_depth = 1'000;
constexpr std::size_t max_attributes = 1'000;

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

/// Hears of elements and texts in order, and tells the builder.
class HtmlReader {
 public:
  HtmlReader(TextBuilder& builder, htmlParserCtxtPtr parser) : builder_(builder), parser_(parser) {}

  /// No exception may pass through libxml2.
  template <class Step>
  void guard(Step step) noexcept {
    if (fault_) return;
    try {
      step(*this);
    } catch (...) {
      fault_ = std::current_exception();
      xmlStopParser(parser_);
    }
  }

  void rethrow() const {
    if (fault_) std::rethrow_exception(fault_);
  }

  void begin(std::string_view name, const xmlChar** attributes) {
    if (open_.size() >= max_depth)
      throw InvalidInput("body", name, fmt::format("HTML with elements nested deeper than {}", max_depth));
    const ElementKind kind = element_kind(name);
    const bool is_hidden = hidden_ > 0 || kind == ElementKind::hidden || is_hidden_by(attributes);
    open_.push_back({.kind = kind, .is_hidden = is_hidden});
    if (is_hidden) {
      ++hidden_;
      return;
    }
    begin_visible(kind, name, attributes);
  }

  void end() {
    if (open_.empty()) return;
    const Element element = open_.back();
    open_.pop_back();
    if (element.is_hidden) {
      --hidden_;
    } else {
      end_visible(element.kind);
    }
  }

  void text(std::string_view text) {
    if (hidden_ == 0) builder_.add(text);
  }

 private:
  struct Element {
    ElementKind kind;
    bool is_hidden;
  };
  struct Row {
    std::size_t headers = 0;
    std::size_t cells = 0;
  };

  static bool is_hidden_by(const xmlChar** attributes) {
    for (; attributes != nullptr && attributes[0] != nullptr; attributes += 2) {
      if (hides(view(attributes[0]), view(attributes[1]))) return true;
    }
    return false;
  }

  void begin_visible(ElementKind kind, std::string_view name, const xmlChar** attributes) {
    switch (kind) {
      case ElementKind::block:
        return builder_.gap(Gap::paragraph);
      case ElementKind::line:
      case ElementKind::line_break:
        return builder_.gap(Gap::line);
      case ElementKind::preformatted:
        return builder_.begin_code();
      case ElementKind::heading:
        return builder_.begin_heading(name[1] - '0');
      case ElementKind::image:
        return add_alt(attributes);
      case ElementKind::table:
        return builder_.begin_table();
      case ElementKind::row:
        rows_.emplace_back();
        return builder_.gap(Gap::line);
      case ElementKind::cell:
        return begin_cell(name == "th");
      default:
        return;
    }
  }

  void end_visible(ElementKind kind) {
    switch (kind) {
      case ElementKind::block:
        return builder_.gap(Gap::paragraph);
      case ElementKind::line:
        return builder_.gap(Gap::line);
      case ElementKind::preformatted:
        return builder_.end_code();
      case ElementKind::heading:
        return builder_.end_heading();
      case ElementKind::table:
        return builder_.end_table();
      case ElementKind::row:
        return end_row();
      default:
        return;
    }
  }

  void begin_cell(bool is_header) {
    if (rows_.empty()) rows_.emplace_back();
    if (rows_.back().cells++ > 0) builder_.gap(Gap::cell);
    if (is_header) ++rows_.back().headers;
  }

  void end_row() {
    const Row row = rows_.empty() ? Row{} : rows_.back();
    if (!rows_.empty()) rows_.pop_back();
    builder_.end_row(row.cells > 0 && row.headers == row.cells);
  }

  void add_alt(const xmlChar** attributes) {
    for (; attributes != nullptr && attributes[0] != nullptr; attributes += 2) {
      if (view(attributes[0]) == "alt") builder_.add(view(attributes[1]));
    }
  }

  TextBuilder& builder_;
  htmlParserCtxtPtr parser_;
  std::vector<Element> open_{};
  std::vector<Row> rows_{};
  std::size_t hidden_ = 0;  ///< Elements open that are hidden, or within one.
  std::exception_ptr fault_{};
};

HtmlReader& html_reader_of(void* parser) {
  return *static_cast<HtmlReader*>(static_cast<htmlParserCtxtPtr>(parser)->_private);
}

htmlSAXHandler make_handler() {
  htmlSAXHandler handler{};
  handler.startElement = [](void* parser, const xmlChar* name, const xmlChar** attributes) {
    html_reader_of(parser).guard([&](HtmlReader& reader) { reader.begin(view(name), attributes); });
  };
  handler.endElement = [](void* parser, const xmlChar* /*name*/) {
    html_reader_of(parser).guard([](HtmlReader& reader) { reader.end(); });
  };
  const auto text = [](void* parser, const xmlChar* bytes, int size) {
    const std::string_view part(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    html_reader_of(parser).guard([&](HtmlReader& reader) { reader.text(part); });
  };
  handler.characters = text;
  handler.ignorableWhitespace = text;
  handler.cdataBlock = text;
  return handler;
}

/// libxml2 compares each attribute with all before it.
void check_attributes(std::string_view html) {
  for (std::size_t open = html.find('<'); open != std::string_view::npos; open = html.find('<', open + 1)) {
    const std::size_t end = html.find_first_of("<>", open + 1);
    const std::string_view tag = html.substr(open, end == std::string_view::npos ? end : end - open);
    if (tag.size() <= 2 * max_attributes) continue;
    if (static_cast<std::size_t>(std::ranges::count_if(tag, [](char c) {
          return c == ' ' || c == '\n' || c == '\t' || c == '/' || c == '=';
        })) <= max_attributes)
      continue;
    throw InvalidInput("body", tag.substr(0, 60),
                       fmt::format("HTML with a tag of more than {} attributes", max_attributes));
  }
}

/// Without Word's `<![if …]>` and `<![endif]>`, which a browser takes for comments, and libxml2 for text.
std::string without_conditions(std::string_view html) {
  std::string result;
  std::size_t kept = 0;
  for (std::size_t found = html.find("<!["); found != std::string_view::npos;
       found = html.find("<![", found + 1)) {
    const bool is_condition = found >= kept && (html.substr(found).starts_with("<![if") ||
                                                html.substr(found).starts_with("<![endif"));
    const std::size_t end = is_condition ? html.find('>', found) : std::string_view::npos;
    if (is_condition && end == std::string_view::npos) break;
    // One that ends with "-->" closes a comment.
    if (!is_condition || html[end - 1] == '-') continue;
    result += html.substr(kept, found - kept);
    kept = end + 1;
  }
  return result.append(html.substr(kept));
}

struct FreeParser {
  void operator()(htmlParserCtxtPtr parser) const noexcept { htmlFreeParserCtxt(parser); }
};

}  // namespace

void add_html(TextBuilder& builder, std::string_view html) {
  if (html.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw InvalidInput("body", html.substr(0, 60), "HTML of more than 2 GiB");
  check_attributes(html);
  const std::string shown = without_conditions(html);
  const std::unique_ptr<htmlParserCtxt, FreeParser> parser(htmlNewParserCtxt());
  if (!parser) throw std::bad_alloc();
  *parser->sax = make_handler();
  HtmlReader reader(builder, parser.get());
  parser->_private = &reader;
  constexpr int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                          HTML_PARSE_NOIMPLIED;
  // With handlers of our own no tree is built.
  xmlFreeDoc(htmlCtxtReadMemory(parser.get(), shown.data(), static_cast<int>(shown.size()), nullptr, "UTF-8",
                                options));
  reader.rethrow();
}

std::string decode_entity(std::string_view entity) {
  std::string_view name = entity.substr(1, entity.size() - 2);
  unsigned code_point = 0;
  if (name.starts_with('#')) {
    const bool is_hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    name.remove_prefix(is_hex ? 2 : 1);
    std::from_chars(name.data(), name.data() + name.size(), code_point, is_hex ? 16 : 10);
  } else if (const auto* known =
                 htmlEntityLookup(reinterpret_cast<const xmlChar*>(std::string(name).c_str()))) {
    code_point = known->value;
  }
  if (code_point == 0) return std::string(entity);
  std::string result(4, '\0');
  const int size =
      xmlCopyCharMultiByte(reinterpret_cast<xmlChar*>(result.data()), static_cast<int>(code_point));
  return result.substr(0, static_cast<std::size_t>(std::max(size, 0)));
}

}  // namespace ragqueue::extract
