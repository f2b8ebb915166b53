#include "embed/http/text_style.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "base/text.hpp"
#include "embed/http/http_plan.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/model_prefixes.hpp"

namespace ragqueue {

namespace {

using Members = std::map<std::string, std::string>;

/// What a request has anyway.
void require_free(const std::string& field, std::string_view json, std::string_view name) {
  struct Taken {
    std::string_view name, option;
  };
  constexpr std::array taken{Taken{"model", "--embedder-model"}, Taken{"input", ""},
                             Taken{"encoding_format", "--embedder-encoding"},
                             Taken{"dimensions", "--embedder-dimension with --embedder-cut"},
                             Taken{"keep_alive", "--embedder-keep-alive"}};
  const auto* const found = std::ranges::find(taken, name, &Taken::name);
  if (found == taken.end()) return;
  throw InvalidInput(field, json,
                     found->option.empty() ? fmt::format("its '{}' would take the texts' place", name)
                                           : fmt::format("for '{}' there is {}", name, found->option));
}

Members read_members(const std::string& field, const std::string& json) {
  Members members;
  if (json.empty()) return members;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json).get(object) != simdjson::SUCCESS) {
    throw InvalidInput(field, json, R"(no JSON object, such as {"input_type":"passage"})");
  }
  for (const auto [name, value] : object) {
    require_free(field, json, name);
    members.insert_or_assign(std::string(name), simdjson::minify(value));
  }
  return members;
}

std::string write_members(const Members& members) {
  std::string json;
  for (const auto& [name, value] : members) {
    json += ',';
    append_json_string(json, name);
    (json += ':') += value;
  }
  return json;
}

Members document_members(const HttpEmbedderOptions& options) {
  return read_members("embedder_body", options.body);
}

Members query_members(const HttpEmbedderOptions& options) {
  Members members = read_members("embedder_query_body", options.query_body);
  members.merge(document_members(options));  // what is in both stays the query's
  return members;
}

TextPrefixes prefixes_of(const HttpEmbedderOptions& options) {
  const TextPrefixes known = known_prefixes(options.model).value_or(TextPrefixes{});
  const TextPrefixes prefixes{.document = options.document_prefix.value_or(known.document),
                              .query = options.query_prefix.value_or(known.query)};
  for (const auto& [field, prefix] : {std::pair{"embedder_document_prefix", &prefixes.document},
                                      std::pair{"embedder_query_prefix", &prefixes.query}}) {
    if (find_invalid_utf8(*prefix)) throw InvalidInput(field, *prefix, "not UTF-8");
  }
  return prefixes;
}

/// What tells a provider who asks, and changes no vector.
void drop_user(Members& members) {
  members.erase("user");
}

}  // namespace

TextStyles text_styles(const HttpEmbedderOptions& options) {
  TextPrefixes prefixes = prefixes_of(options);
  return {.document = {.prefix = std::move(prefixes.document),
                       .members = write_members(document_members(options))},
          .query = {.prefix = std::move(prefixes.query), .members = write_members(query_members(options))}};
}

std::string name_suffix(const HttpEmbedderOptions& options) {
  const TextPrefixes prefixes = prefixes_of(options);
  Members document = document_members(options);
  Members query = query_members(options);
  drop_user(document);
  drop_user(query);
  std::string suffix;
  const auto add = [&suffix](std::string_view what, const std::string& json) {
    if (!json.empty()) suffix += fmt::format(" {}={}", what, json);
  };
  const auto quoted = [](const std::string& text) {
    std::string json;
    if (!text.empty()) append_json_string(json, text);
    return json;
  };
  const auto braced = [](const Members& members) {
    return members.empty() ? std::string() : fmt::format("{{{}}}", write_members(members).substr(1));
  };
  add("document-prefix", quoted(prefixes.document));
  add("query-prefix", quoted(prefixes.query));
  add("body", braced(document));
  if (query != document) add("query-body", braced(query));
  return suffix;
}

}  // namespace ragqueue
