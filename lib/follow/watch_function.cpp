#include "follow/watch_function.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "follow/names.hpp"
#include "follow/source_columns.hpp"
#include "ragqueue/source_key.hpp"

namespace ragqueue {

namespace {

/// What the function asks and does, for a table of either kind.
struct Parts {
  std::string type{};         ///< As SQL writes it.
  std::string keyed{};        ///< Whether the columns are there that tell of which row a change is.
  std::string known{};        ///< Whether all columns are there that are read.
  std::string key_columns{};  ///< As an array.
  std::string columns{};      ///< Of a row `t`: what tells which row it is, and what is read of it.
  std::string bare{};         ///< The same without what is read.
  std::string filter{};       ///< Which rows count; empty: all.
  std::string changed{};      ///< The rows that an UPDATE asks for.
  std::string ask{};          ///< The requests for the rows {rows}, where all columns are known;
  std::string ask_bare{};     ///< and where not.
  std::string note{};         ///< Keeps the keys of {rows}; empty where there is nothing to keep.
};

std::string has_columns(std::string_view relation, const std::vector<std::string>& columns) {
  return fmt::format(
      "(SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = {} AND a.attname = ANY ({}) AND NOT "
      "a.attisdropped) = {}",
      relation, quoted_array(columns), columns.size());
}

std::string with(std::string text, std::string_view rows) {
  constexpr std::string_view placeholder = "{rows}";
  if (const std::size_t at = text.find(placeholder); at != std::string::npos)
    text.replace(at, placeholder.size(), rows);
  return text;
}

std::string select(const std::string& columns, std::string_view rows, const std::string& filter) {
  return fmt::format("SELECT {} FROM {} AS t{}", columns, rows, filter);
}

/// Rows that went, came, or have another value in a column that is read, where many rows have one key.
std::string difference(const std::string& before, const std::string& after) {
  return fmt::format("({0} EXCEPT {1}) UNION ALL ({1} EXCEPT {0})", before, after);
}

std::string asking(const Parts& parts, const std::string& ask, const std::string& rows) {
  return (parts.note.empty() ? "" : "    " + with(parts.note, rows) + ";\n") + "    " + with(ask, rows) +
         ";\n";
}

std::string body_of(const Parts& parts) {
  const std::string before = select(parts.columns, "old_rows", parts.filter);
  const std::string after = select(parts.columns, "new_rows", parts.filter);
  const std::string bare_before = select(parts.bare, "old_rows", "");
  const std::string bare_after = select(parts.bare, "new_rows", "");
  std::string body = fmt::format(R"(
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    IF rag_recheck({type}) > 0 THEN
      PERFORM rag_notify_idle();
    END IF;
    RETURN NULL;
  ELSIF NOT ({keyed}) THEN
    PERFORM rag_watch_fault({type}, TG_RELID, {columns});
    RETURN NULL;
  ELSIF {known} THEN
    CASE TG_OP WHEN 'INSERT' THEN
)",
                                 fmt::arg("type", parts.type), fmt::arg("keyed", parts.keyed),
                                 fmt::arg("known", parts.known), fmt::arg("columns", parts.key_columns));
  body += asking(parts, parts.ask, after);
  body += "    WHEN 'DELETE' THEN\n" + asking(parts, parts.ask, before);
  body += "    ELSE\n" + asking(parts, parts.ask, parts.changed);
  body +=
      "    END CASE;\n  ELSE  -- a column is gone: whatever changed is asked for\n    CASE TG_OP WHEN "
      "'INSERT' THEN\n";
  body += asking(parts, parts.ask_bare, bare_after);
  body += "    WHEN 'DELETE' THEN\n" + asking(parts, parts.ask_bare, bare_before);
  body += "    ELSE\n" + asking(parts, parts.ask_bare, bare_before + " UNION " + bare_after);
  return body + R"(    END CASE;
  END IF;
  IF FOUND THEN
    PERFORM rag_notify_idle();
  END IF;
  RETURN NULL;
END )";
}

/// As texts, which every type can be compared by.
std::string as_texts(const std::vector<std::string>& columns) {
  std::string listed;
  for (const std::string& column : columns) listed += fmt::format(", {}::text", column_of_row(column));
  return listed;
}

/// Of a table whose key is unique: rows that went, came, or have another value in a column that is read. An
/// update that changes a key, or moves a row to another organization, is seen from both sides. A full join,
/// which no plan can turn into a loop over all pairs, and not EXCEPT, which would sort whole rows.
std::string joined_difference(const TableSource& source, const std::vector<std::string>& read,
                              const std::string& filter, bool text_key) {
  std::string columns = column_of_row(source.key) + " AS key", on = "o.key = n.key";
  std::string organization = organization_of_row(source), differs = "o.key IS NULL OR n.key IS NULL";
  if (!source.organization.empty()) {
    columns += ", " + column_of_row(source.organization) + " AS organization";
    on += " AND o.organization = n.organization";
    organization = "rag_uuid(coalesce(o.organization, n.organization))";
  }
  for (std::size_t place = 0; place < read.size(); ++place) {
    columns += fmt::format(", {}::text AS c{}", column_of_row(read[place]), place);
    differs += fmt::format(" OR o.c{0} IS DISTINCT FROM n.c{0}", place);
  }
  return fmt::format(
      "SELECT {} AS organization_id, rag_uuid(coalesce(o.key, n.key)) AS source_id{}\n      FROM ({}) AS o\n "
      "   "
      "  FULL JOIN ({}) AS n ON {}\n     WHERE {}",
      organization, text_key ? ", coalesce(o.key, n.key) AS key" : "", select(columns, "old_rows", filter),
      select(columns, "new_rows", filter), on, differs);
}

std::vector<std::string> without(std::vector<std::string> columns, const std::vector<std::string>& others) {
  std::erase_if(columns,
                [&](const std::string& column) { return std::ranges::find(others, column) != others.end(); });
  return columns;
}

void add_missing(std::vector<std::string>& columns, const std::vector<std::string>& others) {
  const std::vector<std::string> more = without(others, columns);
  columns.insert(columns.end(), more.begin(), more.end());
}

std::string condition_of(const TableSource& source) {
  return source.where.empty() ? "true" : fmt::format("({}\n    )", source.where);
}

constexpr std::string_view insertion =
    "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action)\n    SELECT DISTINCT ";

std::string note_keys(const std::string& type) {
  return fmt::format("PERFORM rag_note_keys({}, ARRAY(SELECT c.key::text FROM ({{rows}}) AS c))", type);
}

std::string name_of(const TableSource& source, std::size_t place) {
  return fmt::format("{}{}", watch_prefix(source.type), place);
}

WatchFunction function_of(std::string name, const Parts& parts, WatchedTable table) {
  const std::string rows = select(parts.columns, table.full_name, parts.filter);
  return {.name = std::move(name),
          .body = body_of(parts),
          .trial = with(parts.ask.substr(parts.ask.find("SELECT")), rows),
          .table = std::move(table)};
}

}  // namespace

std::string watch_prefix(const std::string& source_type) {
  constexpr std::size_t readable = 30, told_apart = 8;
  std::string slug;
  for (const char letter : source_type.substr(0, readable)) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    slug += plain ? letter : '_';
  }
  return fmt::format("rag_watch_{}_{}_", slug, uuid_of_key(source_type).to_string().substr(0, told_apart));
}

WatchFunction function_of_table(const TableSource& source, WatchedTable table) {
  const std::vector<std::string> keys = key_columns(source);
  std::vector<std::string> read = read_columns(source);
  add_missing(read, columns_in(source.where, table));
  Parts parts{.type = quoted_text(source.type),
              .keyed = has_columns("TG_RELID", keys),
              .known = has_columns("TG_RELID", read),
              .key_columns = quoted_array(keys),
              .bare = fmt::format("{} AS organization_id, rag_uuid({}) AS source_id{}",
                                  organization_of_row(source), column_of_row(source.key),
                                  table.text_key ? ", " + column_of_row(source.key) + " AS key" : "")};
  parts.columns = parts.bare + as_texts(without(read_columns(source), keys));
  if (!source.where.empty()) parts.filter = " WHERE " + condition_of(source);
  parts.changed =
      joined_difference(source, without(read_columns(source), keys), parts.filter, table.text_key);
  parts.ask = fmt::format(
      "{}c.organization_id, {}, c.source_id, 'upsert' FROM ({{rows}}) AS c\n     WHERE c.organization_id IS "
      "NOT NULL AND c.source_id IS NOT NULL",
      insertion, parts.type);
  parts.ask_bare = parts.ask;
  if (table.text_key) parts.note = note_keys(parts.type);
  return function_of(name_of(source, 0), parts, std::move(table));
}

WatchFunction function_of_dependency(const TableSource& source, std::size_t place, const WatchedTable& own,
                                     WatchedTable table) {
  const TableDependency& other = source.depends[place];
  const std::string own_relation = fmt::format("to_regclass({})", quoted_text(own.full_name));
  std::vector<std::string> read{other.key};
  add_missing(read, other.columns);
  Parts parts{.type = quoted_text(source.type),
              .keyed = has_columns("TG_RELID", {other.key}) + " AND " +
                       has_columns(own_relation, key_columns(source)),
              .known = has_columns("TG_RELID", read),
              .key_columns = quoted_array(std::vector<std::string>{other.key}),
              .bare = column_of_row(other.key) + " AS key"};
  if (const auto conditional = columns_in(source.where, own); !conditional.empty())
    parts.known += " AND " + has_columns(own_relation, conditional);
  parts.columns = parts.bare + (other.columns.empty() ? ", t::text" : as_texts(other.columns));
  parts.changed = difference(select(parts.columns, "old_rows", ""), select(parts.columns, "new_rows", ""));
  parts.ask_bare = fmt::format(
      "{}{}, {}, rag_uuid({}), 'upsert' FROM {} AS t\n     WHERE {} = ANY (ARRAY(SELECT c.key FROM "
      "({{rows}}) AS c))",
      insertion, organization_of_row(source), parts.type, column_of_row(source.key), own.full_name,
      column_of_row(source.key));
  if (!source.organization.empty())
    parts.ask_bare += fmt::format(" AND {} IS NOT NULL", column_of_row(source.organization));
  parts.ask = parts.ask_bare + (source.where.empty() ? "" : " AND " + condition_of(source));
  if (own.text_key) parts.note = note_keys(parts.type);
  return function_of(name_of(source, place + 1), parts, std::move(table));
}

}  // namespace ragqueue
