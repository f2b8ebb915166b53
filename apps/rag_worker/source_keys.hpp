#pragma once

#include <optional>
#include <ragqueue/table_source.hpp>
#include <ragqueue/uuid.hpp>
#include <span>
#include <string>
#include <string_view>

namespace rag_worker {

/// A key as a person writes it.
struct WrittenKey {
  ragqueue::Uuid id;
  std::optional<std::string> text;  ///< Where the key is a text.
};

/// An organization: a UUID, an integer, or any text, if there are table sources. A text that could be taken
/// for one of the others has `text:` before it. Throws InvalidInput.
[[nodiscard]] ragqueue::Uuid organization_of(const std::string& written,
                                             std::span<const ragqueue::TableSource> tables);

/// The key of a row of that type, in the same way, if it is a table source's.
[[nodiscard]] WrittenKey source_key_of(std::string_view source_type, const std::string& written,
                                       std::span<const ragqueue::TableSource> tables);

/// The application's own key, as the document's metadata or its UUID tells it; else the UUID.
[[nodiscard]] std::string shown_key(const ragqueue::Uuid& source_id, const std::string& metadata = {});

}  // namespace rag_worker
