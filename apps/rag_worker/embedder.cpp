#include "embedder.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <ragqueue/builtin_embedder.hpp>
#include <ragqueue/model_prefixes.hpp>
#include <ragqueue/schema.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "private_file.hpp"
#include "report.hpp"

namespace rag_worker {

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

std::pair<std::string, std::string> parse_header(const std::string& line, std::string_view option) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) throw UsageError(fmt::format("{}: no NAME: VALUE", option));
  const std::size_t value = line.find_first_not_of(' ', colon + 1);
  return {line.substr(0, colon), value == std::string::npos ? "" : line.substr(value)};
}

/// One a line, so that an environment variable or a file can hold several.
void append_headers(Headers& headers, const std::string& lines, std::string_view option) {
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) {
    if (!line.empty()) headers.push_back(parse_header(line, option));
  }
}

/// What stands in files, which may change while a worker runs.
Headers read_headers(const std::string& key_file, const std::string& header_file) {
  constexpr std::string_view of_key = "--embedder-key-file", of_headers = "--embedder-header-file";
  Headers headers;
  if (!header_file.empty()) append_headers(headers, read_private_file(header_file, of_headers), of_headers);
  if (key_file.empty()) return headers;
  const std::string text = read_private_file(key_file, of_key);
  headers.emplace_back("Authorization", "Bearer " + text.substr(0, text.find_first_of("\r\n")));
  return headers;
}

ragqueue::HttpEmbedderOptions http_options(const Settings& settings) {
  ragqueue::HttpEmbedderOptions options = settings.http;
  const char* const key = std::getenv("RAGQUEUE_EMBEDDER_KEY");
  if (settings.embedder_key_file.empty() && key != nullptr) options.api_key = key;
  for (const std::string& lines : settings.embedder_headers)
    append_headers(options.headers, lines, "--embedder-header");
  if (!settings.embedder_key_file.empty() || !settings.embedder_header_file.empty()) {
    options.read_headers = [key_file = settings.embedder_key_file,
                            header_file = settings.embedder_header_file] {
      return read_headers(key_file, header_file);
    };
  }
  if (options.url.empty() && settings.embedder == "ollama") options.url = "http://127.0.0.1:11434";
  return options;
}

}  // namespace

std::shared_ptr<const ragqueue::Embedder> make_embedder(const Settings& settings) {
  if (settings.embedder == "builtin")
    return ragqueue::builtin_embedder(settings.model_file, settings.model_threads);
  const ragqueue::HttpEmbedderOptions options = http_options(settings);
  return settings.embedder == "ollama" ? ragqueue::ollama_embedder(options)
                                       : ragqueue::openai_embedder(options);
}

std::shared_ptr<const ragqueue::Embedder> make_embedder(const Settings& settings, pg_conn* connection) {
  Settings known = settings;
  if (known.embedder != "builtin" && known.http.dimension == 0)
    known.http.dimension = ragqueue::bound_dimension(connection).value_or(0);
  return make_embedder(known);
}

std::string describe_prefixes(const Settings& settings) {
  if (settings.embedder == "builtin") return {};
  const auto known = ragqueue::known_prefixes(settings.http.model);
  const bool is_said = settings.http.document_prefix && settings.http.query_prefix;
  if (known && !is_said) {
    return fmt::format("model {} gets the prefixes of its card: '{}' before documents, '{}' before questions",
                       settings.http.model, settings.http.document_prefix.value_or(known->document),
                       settings.http.query_prefix.value_or(known->query));
  }
  return {};
}

}  // namespace rag_worker
