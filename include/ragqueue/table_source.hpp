#pragma once

#include <string>
#include <vector>

#include "ragqueue/export.hpp"
#include "ragqueue/source_fetcher.hpp"

namespace ragqueue {

/// A column that names another source's row; becomes a link where it is not NULL.
struct TableLink {
  std::string type;    ///< The other source's type.
  std::string column;  ///< Of a key's type: uuid, an integer, or text.
  std::string edge_type = "related";
  double weight = 1.0;
};

/// A table whose rows are part of a source's: a change there is a change of the row that it names.
struct TableDependency {
  std::string table;
  std::string key;                     ///< The column that holds the source's key.
  std::vector<std::string> columns{};  ///< That are read; none: every change counts.
};

/// A source that is a table, or a view with a key. Tables are named as in SQL, `helpdesk.tickets` or
/// `"Tickets"`; what is not in quotes is taken as it stands, upper case too. Columns are named as they are.
struct TableSource {
  std::string type;
  std::string table;
  std::string key;                      ///< uuid, an integer, or text; unique.
  std::string organization{};           ///< A column of a key's type; or else
  std::string organization_constant{};  ///< one organization for all rows: a UUID, an integer, or any text.
  std::string title{};                  ///< A column; empty for none.
  std::vector<std::string> body{};      ///< Columns, joined by blank lines; at least one, where no title.
  std::string where{};                  ///< SQL over the table's columns: which rows are indexed. Empty: all.
  std::string visibility{};             ///< A column; empty for none.
  std::vector<std::string> metadata{};  ///< Columns, at most max_metadata_columns.
  std::vector<TableLink> links{};
  std::string language{};  ///< As SqlSource has it.
  bool watch = false;      ///< Whether changes are to be followed (watch.hpp).
  std::vector<TableDependency> depends{};
};

inline constexpr std::size_t max_metadata_columns = 40;

/// Throws InvalidInput that names the member that is missing, or cannot be meant.
RAGQUEUE_EXPORT void validate(const TableSource& source);

/// The source query over that table. It finds rows by the index over their key, whatever the key's type. A
/// key that is no UUID stands in the document's metadata as `source_key`. Throws as validate() does.
[[nodiscard]] RAGQUEUE_EXPORT SqlSource sql_source(const TableSource& source);

/// The organization of every row, where it is constant. Throws InvalidInput where there is none.
[[nodiscard]] RAGQUEUE_EXPORT Uuid constant_organization(const TableSource& source);

}  // namespace ragqueue
