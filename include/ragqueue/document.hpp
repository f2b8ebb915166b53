#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/request.hpp"

namespace ragqueue {

/// A reference from one source to another; becomes an edge of the graph.
struct Link {
  std::string source_type;
  Uuid source_id;
  std::string edge_type = "related";
  double weight = 1.0;
};

/// A source's row as the application has it now.
struct Document {
  SourceKey source;
  std::string title{};       ///< UTF-8; may be empty.
  std::string body{};        ///< UTF-8; may be empty.
  std::string visibility{};  ///< The application's own word, kept for filters; may be empty.
  std::string metadata{};    ///< A JSON object as text, or empty.
  /// Of title and body, by its English name or its code of ISO 639-1: their words are found in the forms that
  /// PostgreSQL knows of it, or as they stand. Empty: English.
  std::string language{};
  std::vector<Link> links{};
};

/// A document with more is refused: its graph would cost every reader.
inline constexpr std::size_t max_document_links = 10'000;

/// Throws InvalidInput where a link is invalid (type, edge type, a weight that is not finite), or there are
/// too many.
RAGQUEUE_EXPORT void validate(const Document& document);

/// A passage of a document: what is shown, and what is embedded.
struct Chunk {
  std::string content;          ///< A slice of the document's text.
  std::string embedded_text;    ///< What the embedder gets: the title, then the content.
  std::size_t token_count = 0;  ///< Of embedded_text, by the embedder's own count.
};

}  // namespace ragqueue
