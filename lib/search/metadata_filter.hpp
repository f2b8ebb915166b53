#pragma once

#include <string>
#include <string_view>

namespace ragqueue {

/// A filter on metadata in the two forms that PostgreSQL has for one; both must hold, an empty one does.
struct MetadataFilter {
  std::string contained{};  ///< A JSON object for jsonb @>.
  std::string path{};       ///< A predicate for jsonb @@.
};

/// Of SearchFilter::metadata. Throws InvalidInput, with the cure, for what is no such filter.
[[nodiscard]] MetadataFilter parse_metadata_filter(std::string_view text);

}  // namespace ragqueue
