#pragma once

#include <map>
#include <ragqueue/source_fetcher.hpp>
#include <ragqueue/table_source.hpp>
#include <string>
#include <vector>

namespace rag_worker {

/// What a configuration file says, not yet matched to options.
struct ConfigFile {
  std::map<std::string, std::string> values;  ///< By key, as they would be typed.
  std::vector<ragqueue::SqlSource> sources;   ///< Of the tables [source.NAME].
  std::vector<ragqueue::TableSource>
      tables;  ///< Of those that name a table; their queries are among `sources`.
};

/// Reads TOML. Throws UsageError that names the file and the line or key.
[[nodiscard]] ConfigFile read_config_file(const std::string& path);

}  // namespace rag_worker
