#include "search/filter.hpp"

#include <fmt/format.h>

namespace ragqueue::pg {

namespace {

std::string replace_passes(std::string_view statement, std::string_view condition) {
  constexpr std::string_view placeholder = "{passes}";
  std::string text(statement);
  return text.replace(text.find(placeholder), placeholder.size(), condition);
}

constexpr std::string_view matches =
    " AND {}(coalesce(d.title_terms @@ ${}::text::tsquery, false) OR EXISTS (SELECT FROM rag_chunks AS x "
    "WHERE "
    "x.organization_id = $1 AND x.document_id = d.id AND x.terms @@ ${}::text::tsquery))";

}  // namespace

Filter::Filter(const SearchFilter& filter)
    : filter_(filter), metadata_(parse_metadata_filter(filter.metadata)) {}

std::string Filter::condition(int first) const {
  std::string text;
  int number = first;
  if (!filter_.source_types.empty()) text += fmt::format(" AND d.source_type = ANY (${}::text[])", number++);
  if (!filter_.visibilities.empty()) text += fmt::format(" AND d.visibility = ANY (${}::text[])", number++);
  if (!metadata_.contained.empty()) text += fmt::format(" AND d.metadata_json @> ${}::text::jsonb", number++);
  if (!metadata_.path.empty())
    text += fmt::format(" AND coalesce(d.metadata_json, '{{}}') @@ ${}::text::jsonpath", number++);
  for (std::size_t count = 0; count < phrases_.size(); ++count, ++number)
    text += fmt::format(fmt::runtime(matches), "", number, number);
  for (std::size_t count = 0; count < without_.size(); ++count, ++number)
    text += fmt::format(fmt::runtime(matches), "NOT ", number, number);
  return text;
}

std::string Filter::in(std::string_view statement, int first) const {
  return replace_passes(statement, condition(first));
}

std::string Filter::in_chunks(std::string_view statement, int first) const {
  std::string passes = condition(first);
  if (!passes.empty()) {
    passes = fmt::format(
        " AND EXISTS (SELECT FROM rag_documents AS d WHERE d.organization_id = $1 AND d.id = "
        "c.document_id{})",
        passes);
  }
  return replace_passes(statement, passes);
}

Params& Filter::add_to(Params& params) const {
  if (!filter_.source_types.empty()) params.add_array(filter_.source_types);
  if (!filter_.visibilities.empty()) params.add_array(filter_.visibilities);
  if (!metadata_.contained.empty()) params.add(metadata_.contained);
  if (!metadata_.path.empty()) params.add(metadata_.path);
  for (const auto& queries : {phrases_, without_}) {
    for (const std::string& query : queries) params.add(query);
  }
  return params;
}

}  // namespace ragqueue::pg
