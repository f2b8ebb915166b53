#include "embedder.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <ragqueue/builtin_embedder.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "key_file.hpp"
#include "report.hpp"

namespace rag_worker {

namespace {

std::string read_key(const std::string& path) {
  if (!path.empty()) return read_key_file(path);
  const char* variable = std::getenv("RAGQUEUE_EMBEDDER_KEY");
  return variable == nullptr ? "" : variable;
}

std::pair<std::string, std::string> parse_header(const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) throw UsageError("--embedder-header: no NAME: VALUE");
  const std::size_t value = line.find_first_not_of(' ', colon + 1);
  return {line.substr(0, colon), value == std::string::npos ? "" : line.substr(value)};
}

/// One a line, so that an environment variable or a configuration file can hold several.
void append_headers(std::vector<std::pair<std::string, std::string>>& headers, const std::string& lines) {
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) {
    if (!line.empty()) headers.push_back(parse_header(line));
  }
}

}  // namespace

std::shared_ptr<const ragqueue::Embedder> make_embedder(const Settings& settings) {
  if (settings.embedder == "builtin")
    return ragqueue::builtin_embedder(settings.model_file, settings.model_threads);
  ragqueue::HttpEmbedderOptions options = settings.http;
  options.api_key = read_key(settings.embedder_key_file);
  for (const std::string& lines : settings.embedder_headers) append_headers(options.headers, lines);
  const bool ollama = settings.embedder == "ollama";
  if (options.url.empty() && ollama) options.url = "http://127.0.0.1:11434";
  return ollama ? ragqueue::ollama_embedder(options) : ragqueue::openai_embedder(options);
}

}  // namespace rag_worker
