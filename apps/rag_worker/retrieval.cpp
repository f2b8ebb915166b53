#include "retrieval.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <ragqueue/connection.hpp>
#include <ragqueue/error.hpp>
#include <ragqueue/grants.hpp>
#include <ragqueue/related.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/search.hpp>
#include <string_view>
#include <vector>

#include "database.hpp"
#include "embedder.hpp"
#include "print.hpp"
#include "print_hits.hpp"
#include "report.hpp"
#include "text.hpp"

namespace rag_worker {

namespace {

using ragqueue::Connection;
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

ragqueue::SourceKey source_of(const SourceArguments& arguments) {
  ragqueue::SourceKey source{.organization_id = Uuid::parse(arguments.organization_id, "organization_id"),
                             .source_type = arguments.source_type,
                             .source_id = Uuid::parse(arguments.source_id, "source_id")};
  ragqueue::validate(ragqueue::Request{.source = source});
  return source;
}

Connection connect_to_index(const Settings& settings) {
  Connection connection(open_database(settings));
  ragqueue::require_privileges(connection.get(), ragqueue::Duty::read);
  ragqueue::require_schema(connection.get());
  return connection;
}

}  // namespace

void search(const Invocation& invocation) {
  const SearchArguments& arguments = invocation.search;
  ragqueue::SearchQuery query{.organization_id = Uuid::parse(arguments.organization_id, "organization_id"),
                              .text = one_line(fmt::format("{}", fmt::join(arguments.words, " "))),
                              .mode = parse_mode(arguments.mode),
                              .filter = filter_of(arguments.filter),
                              .limit = arguments.filter.limit};
  if (query.text.empty()) throw UsageError("search needs words to look for");
  const Connection connection = connect_to_index(invocation.settings);
  if (query.mode != SearchMode::text) {
    const auto embedder = make_embedder(invocation.settings);
    ragqueue::require_schema(connection.get(), *embedder);
    query.vector = ragqueue::embed_text(*embedder, query.text);
  }
  const auto hits = ragqueue::search(connection.get(), query);
  print(invocation.settings.json, hits_document(hits, arguments.explain), hits_text(hits, arguments.explain));
}

void similar(const Invocation& invocation) {
  const SimilarArguments& arguments = invocation.similar;
  const ragqueue::SourceKey source = source_of(arguments.source);
  const ragqueue::SearchFilter filter = filter_of(arguments.filter);
  const Connection connection = connect_to_index(invocation.settings);
  const auto hits = ragqueue::similar(connection.get(), source, arguments.filter.limit, filter);
  print(invocation.settings.json, hits_document(hits, false), hits_text(hits, false));
}

void related(const Invocation& invocation) {
  const RelatedArguments& arguments = invocation.related;
  const ragqueue::SourceKey source = source_of(arguments.source);
  const Connection connection = connect_to_index(invocation.settings);
  const auto nodes = ragqueue::related(connection.get(), source, arguments.depth, arguments.limit);
  print(invocation.settings.json, related_document(nodes), related_text(nodes));
}

}  // namespace rag_worker
