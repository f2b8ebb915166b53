#include "extract/html_elements.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <unordered_map>

namespace ragqueue::extract {

namespace {

using Kinds = std::unordered_map<std::string_view, ElementKind>;

Kinds make_kinds() {
  Kinds kinds;
  const auto add = [&kinds](ElementKind kind, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) kinds.emplace(name, kind);
  };
  add(ElementKind::hidden,
      {"audio", "canvas", "datalist", "embed",    "frame",    "frameset", "head", "iframe",
       "link",  "meta",   "noembed",  "noframes", "noscript", "object",   "rp",   "script",
       "style", "svg",    "template", "title",    "video",    "xml"});
  add(ElementKind::block,
      {"address", "article", "aside",  "blockquote", "body",     "caption",    "center", "details",
       "dialog",  "dir",     "div",    "dl",         "fieldset", "figcaption", "figure", "footer",
       "form",    "header",  "hgroup", "hr",         "html",     "main",       "menu",   "nav",
       "ol",      "p",       "search", "section",    "summary",  "ul"});
  add(ElementKind::line, {"dd", "dt", "legend", "li", "optgroup", "option"});
  add(ElementKind::line_break, {"br"});
  add(ElementKind::cell, {"td", "th"});
  add(ElementKind::row, {"tr"});
  add(ElementKind::table, {"table"});
  add(ElementKind::preformatted, {"listing", "plaintext", "pre", "xmp"});
  add(ElementKind::heading, {"h1", "h2", "h3", "h4", "h5", "h6"});
  add(ElementKind::image, {"area", "img"});
  return kinds;
}

/// Without white space, and in lower case.
std::string compact(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0)
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

}  // namespace

ElementKind element_kind(std::string_view name) {
  static const Kinds kinds = make_kinds();
  const auto found = kinds.find(name);
  return found == kinds.end() ? ElementKind::inline_text : found->second;
}

bool hides(std::string_view attribute, std::string_view value) {
  if (attribute == "hidden") return compact(value) != "until-found";
  if (attribute != "style") return false;
  const std::string style = compact(value);
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"display:none", "visibility:hidden", "visibility:collapse",
                                              "mso-hide:all"},
      [&style](std::string_view rule) { return style.find(rule) != std::string::npos; });
}

}  // namespace ragqueue::extract
