#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/params.hpp"
#include "ragqueue/search.hpp"
#include "search/metadata_filter.hpp"

namespace ragqueue::pg {

/// What a document must be, as a condition of a statement and its parameters.
class Filter {
 public:
  /// Throws InvalidInput for metadata that are not understood.
  explicit Filter(const SearchFilter& filter);

  /// Queries (tsquery as text), each of which the document's title or a chunk must match, or must not.
  void require(std::string query) { phrases_.push_back(std::move(query)); }
  void forbid(std::string query) { without_.push_back(std::move(query)); }

  /// `statement` with the condition on `d`, a row of rag_documents, in place of {passes}; its parameters
  /// begin with the number `first`.
  [[nodiscard]] std::string in(std::string_view statement, int first) const;
  /// The same, where the statement has only `c`, a row of rag_chunks.
  [[nodiscard]] std::string in_chunks(std::string_view statement, int first) const;

  Params& add_to(Params& params) const;

 private:
  [[nodiscard]] std::string condition(int first) const;

  const SearchFilter& filter_;
  MetadataFilter metadata_;
  std::vector<std::string> phrases_;
  std::vector<std::string> without_;
};

}  // namespace ragqueue::pg
