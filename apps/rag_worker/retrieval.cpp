#include "retrieval.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <ragqueue/connection.hpp>
#include <ragqueue/context.hpp>
#include <ragqueue/error.hpp>
#include <ragqueue/grants.hpp>
#include <ragqueue/related.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/search.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "database.hpp"
#include "embedder.hpp"
#include "print.hpp"
#include "print_hits.hpp"
#include "report.hpp"
#include "source_keys.hpp"
#include "text.hpp"
#include "unknown_type.hpp"

namespace rag_worker {

namespace {

using ragqueue::Connection;
using ragqueue::Embedder;
using ragqueue::SearchMode;
using ragqueue::Uuid;

SearchMode parse_mode(std::string_view text) {
  if (text == "vector") return SearchMode::vector;
  return text == "text" ? SearchMode::text : SearchMode::fused;
}

ragqueue::SearchFilter filter_of(const FilterArguments& arguments) {
  if (!arguments.metadata.empty() && !nlohmann::json::parse(arguments.metadata, nullptr, false).is_object())
    throw UsageError(fmt::format("--metadata: '{}' is not a JSON object", one_line(arguments.metadata)));
  return {.source_types = arguments.source_types,
          .visibilities = arguments.visibilities,
          .metadata = arguments.metadata};
}

ragqueue::SourceKey source_of(const SourceArguments& arguments,
                              std::span<const ragqueue::TableSource> tables) {
  ragqueue::SourceKey source{
      .organization_id = organization_of(arguments.organization_id, tables),
      .source_type = arguments.source_type,
      .source_id = source_key_of(arguments.source_type, arguments.source_id, tables).id};
  ragqueue::validate(ragqueue::Request{.source = source});
  return source;
}

Connection connect_to_index(const Settings& settings) {
  Connection connection(open_database(settings));
  ragqueue::require_privileges(connection.get(), ragqueue::Duty::read);
  ragqueue::require_schema(connection.get());
  return connection;
}

ragqueue::SearchQuery query_of(const Invocation& invocation) {
  const SearchArguments& arguments = invocation.search;
  ragqueue::SearchQuery query{
      .organization_id = organization_of(arguments.organization_id, invocation.tables),
      .text = one_line(fmt::format("{}", fmt::join(arguments.words, " "))),
      .mode = parse_mode(arguments.mode),
      .filter = filter_of(arguments.filter),
      .limit = arguments.filter.limit,
      .offset = arguments.offset,
      .passages = arguments.passages,
      .neighbours = arguments.neighbours,
      .min_similarity = arguments.min_similarity,
      .duplicates = arguments.duplicates};
  if (query.text.empty()) throw UsageError("search needs words to look for");
  return query;
}

/// Otherwise a misspelt type would look like an organization that has nothing.
void warn_of_unknown_types(const Invocation& invocation, pg_conn* connection, const Uuid& organization_id,
                           std::vector<std::string> types) {
  const auto& sources = invocation.run.sources;
  std::erase_if(types, [&](const std::string& type) { return is_configured(type, sources); });
  for (const std::string& type : ragqueue::types_without_documents(connection, organization_id, types))
    warn_of_unknown_type(type, "document of the organization", sources);
}

std::vector<ragqueue::SearchHit> find(const Invocation& invocation, const Connection& connection,
                                      const Embedder* embedder) {
  const SearchArguments& arguments = invocation.search;
  const ragqueue::SearchQuery query = query_of(invocation);
  warn_of_unknown_types(invocation, connection.get(), query.organization_id, query.filter.source_types);
  if (embedder == nullptr) return ragqueue::search(connection.get(), query);
  ragqueue::require_schema(connection.get(), *embedder);
  ragqueue::SearchReply reply =
      ragqueue::search(connection.get(), *embedder, query, {.deadline = arguments.deadline});
  if (!reply.words_alone.empty())
    fmt::print(stderr, "searched by words alone: {}\n", one_line(reply.words_alone));
  return std::move(reply.hits);
}

}  // namespace

void search(const Invocation& invocation) {
  const SearchArguments& arguments = invocation.search;
  static_cast<void>(query_of(invocation));  // what is wrong with it is said before a model is loaded
  const Connection connection = connect_to_index(invocation.settings);
  const auto embedder = parse_mode(arguments.mode) == SearchMode::text
                            ? nullptr
                            : make_embedder(invocation.settings, connection.get());
  const auto hits = find(invocation, connection, embedder.get());
  if (arguments.context_tokens > 0) {
    const auto count = [&](std::string_view text) {
      constexpr std::size_t bytes_per_token = 3;  // where no model counts, about as few as there are
      return embedder ? embedder->count_tokens(text) : text.size() / bytes_per_token + 1;
    };
    const std::string context = ragqueue::prompt_context(hits, arguments.context_tokens, count);
    print(invocation.settings.json, context, context);
  } else {
    print(invocation.settings.json, hits_document(hits, arguments.explain),
          hits_text(hits, arguments.explain));
  }
}

void similar(const Invocation& invocation) {
  const SimilarArguments& arguments = invocation.similar;
  const ragqueue::SourceKey source = source_of(arguments.source, invocation.tables);
  const ragqueue::SearchFilter filter = filter_of(arguments.filter);
  const Connection connection = connect_to_index(invocation.settings);
  warn_of_unknown_types(invocation, connection.get(), source.organization_id, filter.source_types);
  const auto hits = ragqueue::similar(connection.get(), source, arguments.filter.limit, filter);
  print(invocation.settings.json, hits_document(hits, false), hits_text(hits, false));
}

void related(const Invocation& invocation) {
  const RelatedArguments& arguments = invocation.related;
  const ragqueue::SourceKey source = source_of(arguments.source, invocation.tables);
  const Connection connection = connect_to_index(invocation.settings);
  const auto nodes = ragqueue::related(connection.get(), source, arguments.depth, arguments.limit);
  print(invocation.settings.json, related_document(nodes), related_text(nodes));
}

}  // namespace rag_worker
