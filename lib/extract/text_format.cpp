#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>

#include "ragqueue/text_extractor.hpp"

namespace ragqueue {

namespace {

constexpr std::size_t looked_at = 65'536;  ///< Bytes: what a body is shows early.

constexpr std::array block_tags = {"p",    "div",    "ul",    "ol",     "li",         "table",   "tr",
                                   "td",   "th",     "tbody", "thead",  "h1",         "h2",      "h3",
                                   "h4",   "h5",     "h6",    "pre",    "blockquote", "section", "article",
                                   "body", "html",   "head",  "style",  "script",     "dl",      "dt",
                                   "dd",   "figure", "form",  "center", "main",       "nav"};
constexpr std::array inline_tags = {"a",    "b",    "i",   "u",     "em",    "strong", "span",
                                    "font", "code", "sub", "sup",   "small", "img",    "mark",
                                    "s",    "del",  "ins", "label", "hr",    "o:p"};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return result;
}

std::string_view skip_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n\xEF\xBB\xBF"), text.size()));
  return text;
}

/// A tag, as it stands between "<" and ">".
struct Tag {
  std::string name;
  bool is_end = false;
  bool has_attributes = false;
};

std::optional<Tag> read_tag(std::string_view text) {
  Tag tag;
  text.remove_prefix(1);
  tag.is_end = text.starts_with('/');
  if (tag.is_end) text.remove_prefix(1);
  const std::size_t end =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:");
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  tag.name = lower(text.substr(0, end));
  const std::size_t close = text.find('>', end);
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(end, close - end);
  tag.has_attributes = rest.find('=') != std::string_view::npos;
  const bool is_plain = rest.find_first_not_of(" \t\r\n/") == std::string_view::npos;
  if (!is_plain && (!tag.has_attributes || std::isspace(static_cast<unsigned char>(rest[0])) == 0))
    return std::nullopt;
  return tag;
}

/// What speaks for HTML.
struct Marks {
  int block_ends = 0;
  int breaks = 0;
  int pairs = 0;       ///< Ends of inline elements whose beginning was seen.
  int attributes = 0;  ///< Known tags with attributes.
};

Marks count_tags(std::string_view body) {
  Marks marks;
  std::string open;
  for (std::size_t at = body.find('<'); at != std::string_view::npos; at = body.find('<', at + 1)) {
    const auto tag = read_tag(body.substr(at));
    if (!tag) continue;
    const bool is_block = std::ranges::find(block_tags, tag->name) != block_tags.end();
    const bool is_inline = std::ranges::find(inline_tags, tag->name) != inline_tags.end();
    if (tag->name == "br") ++marks.breaks;
    if (is_block && tag->is_end) ++marks.block_ends;
    if ((is_block || is_inline) && tag->has_attributes) ++marks.attributes;
    if (is_inline && tag->is_end && open.find("<" + tag->name + ">") != std::string::npos) ++marks.pairs;
    if (is_inline && !tag->is_end && open.size() < 1000) open += "<" + tag->name + ">";
  }
  return marks;
}

/// Without fenced blocks and what stands between backticks: what is shown there is no markup of the body's
/// own.
std::string without_code(std::string_view body) {
  std::string result;
  bool is_fenced = false;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    const std::string_view line = body.substr(at, end - at);
    const std::string_view text = skip_space(line);
    at = end + 1;
    if (text.starts_with("```") || text.starts_with("~~~")) {
      is_fenced = !is_fenced;
      continue;
    }
    if (is_fenced) continue;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::size_t close = line[i] == '`' ? line.find('`', i + 1) : std::string_view::npos;
      if (close == std::string_view::npos) {
        result += line[i];
      } else {
        i = close;
      }
    }
    result += '\n';
  }
  return result;
}

bool is_html(std::string_view body) {
  const std::string_view text = skip_space(body);
  const std::string head = lower(text.substr(0, 100));
  if (head.starts_with("<!doctype html") || head.starts_with("<html") || head.starts_with("<?xml"))
    return true;
  const std::string shown = without_code(body);
  const Marks marks = count_tags(shown);
  const bool begins_with_tag =
      text.starts_with('<') && (text.starts_with("<!--") || read_tag(text).has_value());
  if (begins_with_tag && marks.block_ends + marks.pairs + marks.attributes + marks.breaks > 0) return true;
  return marks.block_ends > 0 || marks.breaks > 1 || (marks.pairs > 0 && marks.attributes > 0) ||
         marks.pairs > 2 || (marks.pairs > 0 && marks.breaks > 0);
}

bool is_heading(std::string_view line) {
  const std::size_t level = std::min(line.find_first_not_of('#'), line.size());
  return level >= 1 && level <= 6 && level < line.size() && line[level] == ' ';
}

/// The row of dashes below a table's header.
bool is_delimiter_row(std::string_view line) {
  return line.find('|') != std::string_view::npos && line.find("--") != std::string_view::npos &&
         line.find_first_not_of("|-: \t\r") == std::string_view::npos;
}

bool has_link(std::string_view line) {
  const std::size_t middle = line.find("](");
  return middle != std::string_view::npos && line.substr(0, middle).find('[') != std::string_view::npos &&
         line.find(')', middle) != std::string_view::npos;
}

/// One mark that nothing else has, or headings that stand alone. Comments of scripts begin with "#", too, but
/// not between blank lines.
bool is_markdown(std::string_view body) {
  int headings = 0;
  int fences = 0;
  bool after_blank = true;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    const std::string_view line = body.substr(at, end - at);
    const std::string_view next =
        end < body.size() ? body.substr(end + 1, body.find('\n', end + 1) - end - 1) : std::string_view();
    at = end + 1;
    if (line.starts_with("```") || line.starts_with("~~~")) ++fences;
    if (fences % 2 == 1) continue;
    if (is_delimiter_row(line) || has_link(line)) return true;
    if (is_heading(line) && after_blank && skip_space(next).empty()) ++headings;
    after_blank = skip_space(line).empty();
  }
  return headings > 0 || fences > 1;
}

}  // namespace

TextFormat detect_text_format(std::string_view body) {
  const std::string_view part = body.substr(0, looked_at);
  if (is_html(part)) return TextFormat::html;
  return is_markdown(part) ? TextFormat::markdown : TextFormat::text;
}

}  // namespace ragqueue
