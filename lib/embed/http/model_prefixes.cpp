#include "ragqueue/model_prefixes.hpp"

#include <algorithm>
#include <array>

namespace ragqueue {

namespace {

/// Letters in lower case, without what stands before the last `/` and behind a `:`.
std::string bare_name(std::string_view model) {
  if (const auto slash = model.rfind('/'); slash != model.npos) model.remove_prefix(slash + 1);
  std::string name(model.substr(0, model.find(':')));
  std::ranges::transform(name, name.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 32) : letter;
  });
  return name;
}

/// The first that begins the name of a model is its family.
struct Family {
  std::string_view begin;
  std::string_view document;
  std::string_view query;
};

constexpr std::string_view web_search =
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ";
constexpr std::string_view represent = "Represent this sentence for searching relevant passages: ";

// As the cards of the models have them, at Hugging Face: nomic-ai, intfloat, BAAI, Snowflake, mixedbread-ai,
// Qwen, google.
constexpr std::array families{
    Family{"nomic-embed-text", "search_document: ", "search_query: "},
    Family{"e5-mistral", "", web_search},
    Family{"multilingual-e5-large-instruct", "", web_search},
    Family{"multilingual-e5", "passage: ", "query: "},
    Family{"e5-small", "passage: ", "query: "},
    Family{"e5-base", "passage: ", "query: "},
    Family{"e5-large", "passage: ", "query: "},
    Family{"bge-m3", "", ""},
    Family{"bge-small-zh", "", "为这个句子生成表示以用于检索相关文章："},
    Family{"bge-base-zh", "", "为这个句子生成表示以用于检索相关文章："},
    Family{"bge-large-zh", "", "为这个句子生成表示以用于检索相关文章："},
    Family{"bge-small", "", represent},
    Family{"bge-base", "", represent},
    Family{"bge-large", "", represent},
    Family{"snowflake-arctic-embed2", "", "query: "},
    Family{"snowflake-arctic-embed-m-v2", "", "query: "},
    Family{"snowflake-arctic-embed-l-v2", "", "query: "},
    Family{"snowflake-arctic-embed", "", represent},
    Family{"mxbai-embed-large", "", represent},
    Family{"qwen3-embedding", "",
           "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"},
    Family{"embeddinggemma", "title: none | text: ", "task: search result | query: "},
};

struct Likeness {
  std::string_view part;
  std::string_view family;
};
constexpr std::array likenesses{
    Likeness{"nomic", "nomic-embed-text"},
    Likeness{"e5-", "e5"},
    Likeness{"-e5", "e5"},
    Likeness{"bge-", "bge"},
    Likeness{"arctic", "snowflake-arctic-embed"},
    Likeness{"mxbai", "mxbai-embed-large"},
    Likeness{"qwen3", "qwen3-embedding"},
    Likeness{"gemma", "embeddinggemma"},
};

const Family* family_of(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(families, [&](const Family& family) { return name.starts_with(family.begin); });
  return found == families.end() ? nullptr : found;
}

}  // namespace

std::optional<TextPrefixes> known_prefixes(std::string_view model) {
  const Family* const family = family_of(bare_name(model));
  if (family == nullptr || (family->document.empty() && family->query.empty())) return std::nullopt;
  return TextPrefixes{.document = std::string(family->document), .query = std::string(family->query)};
}

std::string_view likely_prefix_family(std::string_view model) {
  const std::string name = bare_name(model);
  if (family_of(name) != nullptr) return {};
  const auto* const found = std::ranges::find_if(
      likenesses, [&](const Likeness& likeness) { return name.find(likeness.part) != name.npos; });
  return found == likenesses.end() ? std::string_view() : found->family;
}

}  // namespace ragqueue
