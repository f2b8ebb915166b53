#pragma once

#include <toml++/toml.h>

#include <ragqueue/table_source.hpp>
#include <string>

namespace rag_worker {

/// Reads a table [source.NAME] that has the key `table`. Throws UsageError that names the file and the key.
[[nodiscard]] ragqueue::TableSource read_table_source(const std::string& name, const toml::table& table,
                                                      const std::string& path);

}  // namespace rag_worker
