#include "ragqueue/document.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "ragqueue/error.hpp"

namespace ragqueue {

TextFormat parse_text_format(std::string_view word) {
  if (word.empty() || word == "auto") return TextFormat::automatic;
  if (word == "text") return TextFormat::text;
  if (word == "html") return TextFormat::html;
  if (word == "markdown") return TextFormat::markdown;
  throw InvalidInput("format", word, "must be auto, text, html or markdown");
}

void validate(const Document& document) {
  if (document.links.size() > max_document_links) {
    throw InvalidInput("links", std::to_string(document.links.size()),
                       fmt::format("a document may have {} links at most", max_document_links));
  }
  for (const Link& link : document.links) {
    validate(Request{.source = {.organization_id = {}, .source_type = link.source_type, .source_id = {}}});
    if (link.edge_type.empty() || link.edge_type.size() > max_source_type_length) {
      throw InvalidInput("edge_type", link.edge_type, "must be 1 to 50 bytes");
    }
    if (!std::isfinite(link.weight)) {
      throw InvalidInput("weight", std::to_string(link.weight), "must be a finite number");
    }
  }
}

}  // namespace ragqueue
