#pragma once

#include <string>
#include <vector>

#include "ragqueue/table_source.hpp"

namespace ragqueue {

/// SQL for the organization of the row `t`, as a UUID.
[[nodiscard]] std::string organization_of_row(const TableSource& source);

/// The columns of the source's table that tell which row it is.
[[nodiscard]] std::vector<std::string> key_columns(const TableSource& source);

/// Those and all others that make its document, each once; but for what `where` names.
[[nodiscard]] std::vector<std::string> read_columns(const TableSource& source);

}  // namespace ragqueue
