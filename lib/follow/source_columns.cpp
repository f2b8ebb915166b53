#include "follow/source_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "follow/names.hpp"

namespace ragqueue {

std::string organization_of_row(const TableSource& source) {
  if (source.organization.empty())
    return fmt::format("{}::uuid", quoted_text(constant_organization(source).to_string()));
  return fmt::format("rag_uuid({})", column_of_row(source.organization));
}

std::vector<std::string> key_columns(const TableSource& source) {
  std::vector<std::string> columns{source.key};
  if (!source.organization.empty() && source.organization != source.key)
    columns.push_back(source.organization);
  return columns;
}

std::vector<std::string> read_columns(const TableSource& source) {
  std::vector<std::string> columns = key_columns(source);
  const auto add = [&columns](const std::string& column) {
    if (!column.empty() && std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
  };
  add(source.title);
  add(source.visibility);
  std::ranges::for_each(source.body, add);
  std::ranges::for_each(source.metadata, add);
  for (const TableLink& link : source.links) add(link.column);
  return columns;
}

}  // namespace ragqueue
