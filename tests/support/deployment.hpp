#pragma once

#include <string>

namespace ragqueue::testing {

/// The deployment that ragqueue replaces: its five tables as they stand, and the application's tickets and
/// articles.
[[nodiscard]] std::string deployment_tables(int dimension);

/// What has gathered in them, for organizations 1 and 2: documents of an earlier text, among them such whose
/// source is gone; chunks without a vector, or with zeros; an article cut off at ten chunks; nodes and edges
/// of the application's own; requests of every status.
[[nodiscard]] std::string deployment_rows(int dimension);

}  // namespace ragqueue::testing
