#include "config_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>
#include <ragqueue/error.hpp>
#include <string_view>

#include "report.hpp"

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

ragqueue::TextFormat read_format(const std::string& word, const std::string& name,
                                 const std::string& path) try {
  return ragqueue::parse_text_format(word);
} catch (const ragqueue::InvalidInput& error) {
  throw UsageError(fmt::format("{}: [source.{}]: {}", path, name, error.what()));
}

ragqueue::SqlSource read_source(const std::string& name, const toml::node& node, const std::string& path) {
  const auto* table = node.as_table();
  if (table == nullptr) {
    throw UsageError(fmt::format("{}: source.{} must be a table [source.{}] with a query", path, name, name));
  }
  for (const auto& [key, value] : *table) {
    if (key.str() == "query" || key.str() == "language" || key.str() == "format") continue;
    throw UsageError(fmt::format("{}: unknown key 'source.{}.{}'; known are query, language, format", path,
                                 name, key.str()));
  }
  const auto query = (*table)["query"].value<std::string>();
  if (!query) throw UsageError(fmt::format("{}: [source.{}] needs the key query, a string", path, name));
  const auto word = [&](std::string_view key) {
    const auto value = (*table)[key].value<std::string>();
    if (table->contains(key) && !value)
      throw UsageError(fmt::format("{}: the key {} of [source.{}] must be a string", path, key, name));
    return value.value_or("");
  };
  return {.type = name,
          .query = *query,
          .language = word("language"),
          .format = read_format(word("format"), name, path)};
}

void require_valid(const ragqueue::SqlSource& source, const std::string& path) try {
  static_cast<void>(ragqueue::make_sql_source_fetcher({source}));
} catch (const ragqueue::InvalidInput& error) {
  throw UsageError(fmt::format("{}: [source.{}]: {}", path, source.type, error.what()));
}

std::vector<ragqueue::SqlSource> read_sources(const toml::node& node, const std::string& path) {
  const auto* table = node.as_table();
  if (table == nullptr) throw UsageError(path + ": source must be tables [source.NAME], each with a query");
  std::vector<ragqueue::SqlSource> sources;
  for (const auto& [name, value] : *table) {
    sources.push_back(read_source(std::string(name.str()), value, path));
    require_valid(sources.back(), path);
  }
  return sources;
}

}  // namespace

ConfigFile read_config_file(const std::string& path) {
  ConfigFile config;
  const toml::table table = parse(path);
  for (const auto& [key, value] : table) {
    if (key.str() == "source") {
      config.sources = read_sources(value, path);
    } else if (value.is_table()) {
      throw UsageError(fmt::format("{}: unknown table [{}]; known are [source.NAME]", path, key.str()));
    } else {
      config.values.emplace(key.str(), as_typed(value, key.str(), path));
    }
  }
  return config;
}

}  // namespace rag_worker
