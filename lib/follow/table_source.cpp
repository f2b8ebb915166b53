#include "ragqueue/table_source.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "follow/names.hpp"
#include "follow/source_columns.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/source_key.hpp"

namespace ragqueue {

namespace {

[[noreturn]] void refuse(const TableSource& source, std::string_view member, std::string_view value,
                         std::string_view why) {
  throw InvalidInput(fmt::format("{} of source {}", member, source.type), std::string(value),
                     std::string(why));
}

void require_columns(const TableSource& source, std::string_view member,
                     const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    if (column.empty()) refuse(source, member, column, "must name a column");
  }
}

std::string list_of(const std::vector<std::string>& columns) {
  std::string listed;
  for (const std::string& column : columns) listed += ", " + column_of_row(column);
  return listed;
}

/// With the application's own key, which a UUID that stands for it may not show.
std::string metadata_of(const TableSource& source) {
  std::string pairs;
  for (const std::string& column : source.metadata)
    pairs += fmt::format("{}{}, {}", pairs.empty() ? "" : ", ", quoted_text(column), column_of_row(column));
  const std::string key = column_of_row(source.key);
  return fmt::format(
      "(jsonb_build_object({}) || CASE WHEN pg_typeof({}) = 'uuid'::regtype THEN '{{}}' ELSE "
      "jsonb_build_object('source_key', {}) END)",
      pairs, key, key);
}

std::string links_of(const TableSource& source) {
  std::string rows;
  for (const TableLink& link : source.links) {
    rows +=
        fmt::format("{}({}, rag_uuid({}), {}, {}::float8)", rows.empty() ? "" : ", ", quoted_text(link.type),
                    column_of_row(link.column), quoted_text(link.edge_type), link.weight);
  }
  return fmt::format(
      "(SELECT coalesce(jsonb_agg(l), '[]') FROM (VALUES {}) AS l (source_type, source_id, edge_type, "
      "weight) WHERE l.source_id IS NOT NULL)",
      rows);
}

std::string query_of(const TableSource& source) {
  const std::string table = quoted_table("table", source.table);
  const std::string key = column_of_row(source.key);
  std::string columns =
      fmt::format("rag_uuid({}) AS id,\n       {} AS title,\n       {} AS body,\n       {} AS metadata", key,
                  source.title.empty() ? "''" : column_of_row(source.title),
                  source.body.empty() ? "''" : fmt::format("concat_ws(E'\\n\\n'{})", list_of(source.body)),
                  metadata_of(source));
  if (!source.visibility.empty())
    columns += ",\n       " + column_of_row(source.visibility) + " AS visibility";
  if (!source.links.empty()) columns += ",\n       " + links_of(source) + " AS links";
  // The subquery has no row, and the type of the key: by it the function is chosen.
  std::string query = fmt::format(
      "SELECT {}\n  FROM {} AS t\n WHERE {} = ANY (rag_keys({}, $2, (SELECT e.{} FROM {} AS e WHERE "
      "false)))\n"
      "   AND {} = $1",
      columns, table, key, quoted_text(source.type), quoted_name(source.key), table,
      organization_of_row(source));
  return query + (source.where.empty() ? "" : fmt::format("\n   AND ({}\n       )", source.where));
}

}  // namespace

void validate(const TableSource& source) {
  validate(Request{.source = {.organization_id = {}, .source_type = source.type, .source_id = {}}});
  static_cast<void>(quoted_table(fmt::format("table of source {}", source.type), source.table));
  if (source.key.empty()) refuse(source, "key", "", "must name the column that tells rows apart");
  if (source.organization.empty() == source.organization_constant.empty())
    refuse(source, "organization", source.organization,
           "must name a column, or else organization_constant the one organization");
  if (source.title.empty() && source.body.empty())
    refuse(source, "body", "", "must name a column, where there is no title");
  require_columns(source, "body", source.body);
  require_columns(source, "metadata", source.metadata);
  if (source.metadata.size() > max_metadata_columns)
    refuse(source, "metadata", fmt::format("{} columns", source.metadata.size()),
           fmt::format("can have {} columns at most", max_metadata_columns));
  for (const TableLink& link : source.links) {
    if (link.type.empty() || link.column.empty())
      refuse(source, "links", link.type, "each needs a type and a column");
  }
  for (const TableDependency& other : source.depends) {
    static_cast<void>(quoted_table(fmt::format("depends.table of source {}", source.type), other.table));
    if (other.key.empty()) refuse(source, "depends.key", "", "must name the column with the source's key");
    require_columns(source, "depends.columns", other.columns);
  }
}

SqlSource sql_source(const TableSource& source) {
  validate(source);
  return {.type = source.type, .query = query_of(source), .language = source.language};
}

Uuid constant_organization(const TableSource& source) {
  const std::string& text = source.organization_constant;
  if (text.empty()) refuse(source, "organization_constant", "", "is not given");
  constexpr std::size_t uuid_length = 36;
  if (text.size() == uuid_length && text[8] == '-') return Uuid::parse(text, "organization_constant");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return uuid_of_key(number);
  return uuid_of_key(text);
}

}  // namespace ragqueue
