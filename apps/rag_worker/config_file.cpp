#include "config_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>
#include <ragqueue/error.hpp>
#include <string_view>

#include "report.hpp"
#include "table_config.hpp"

namespace rag_worker {

namespace {

toml::table parse(const std::string& path) try {
  if (std::filesystem::is_directory(path))
    throw UsageError(fmt::format("--config {}: this is a directory", path));
  return toml::parse_file(path);
} catch (const toml::parse_error& error) {
  const auto line = error.source().begin.line;
  throw UsageError(line == 0 ? fmt::format("{}: {}", path, error.description())
                             : fmt::format("{}: line {}: {}", path, line, error.description()));
}

std::string as_typed(const toml::node& node, std::string_view key, const std::string& path) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  throw UsageError(fmt::format("{}: key '{}' must be a string, a number, true or false", path, key));
}

ragqueue::SqlSource read_source(const std::string& name, const toml::node& node, const std::string& path) {
  const auto* table = node.as_table();
  if (table == nullptr) {
    throw UsageError(
        fmt::format("{}: source.{} must be a table [source.{}] with a query or a table", path, name, name));
  }
  for (const auto& [key, value] : *table) {
    if (key.str() == "query" || key.str() == "language") continue;
    throw UsageError(
        fmt::format("{}: unknown key 'source.{}.{}'; known are query, language, and those of a table beside "
                    "the key table",
                    path, name, key.str()));
  }
  const auto query = (*table)["query"].value<std::string>();
  if (!query)
    throw UsageError(fmt::format("{}: [source.{}] needs the key query, or table, a string", path, name));
  const auto language = (*table)["language"].value<std::string>();
  if (table->contains("language") && !language)
    throw UsageError(fmt::format("{}: the key language of [source.{}] must be a string", path, name));
  return {name, *query, language.value_or("")};
}

void require_valid(const ragqueue::SqlSource& source, const std::string& path) try {
  static_cast<void>(ragqueue::make_sql_source_fetcher({source}));
} catch (const ragqueue::InvalidInput& error) {
  throw UsageError(fmt::format("{}: [source.{}]: {}", path, source.type, error.what()));
}

void read_sources(const toml::node& node, const std::string& path, ConfigFile& config) {
  const auto* table = node.as_table();
  if (table == nullptr)
    throw UsageError(path + ": source must be tables [source.NAME], each with a query or a table");
  for (const auto& [key, value] : *table) {
    const std::string name(key.str());
    const auto* keys = value.as_table();
    if (keys != nullptr && keys->contains("table")) {
      config.tables.push_back(read_table_source(name, *keys, path));
      config.sources.push_back(ragqueue::sql_source(config.tables.back()));
    } else {
      config.sources.push_back(read_source(name, value, path));
    }
    require_valid(config.sources.back(), path);
  }
}

}  // namespace

ConfigFile read_config_file(const std::string& path) {
  ConfigFile config;
  const toml::table table = parse(path);
  for (const auto& [key, value] : table) {
    if (key.str() == "source") {
      read_sources(value, path, config);
    } else if (value.is_table()) {
      throw UsageError(fmt::format("{}: unknown table [{}]; known are [source.NAME]", path, key.str()));
    } else {
      config.values.emplace(key.str(), as_typed(value, key.str(), path));
    }
  }
  return config;
}

}  // namespace rag_worker
