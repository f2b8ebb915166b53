#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/document.hpp"

namespace ragqueue {

/// Where a text's headings, code and tables stand. Both views outlive it.
class Outline {
 public:
  Outline() = default;
  /// `text` is a part of `body`, whose blocks these are.
  Outline(std::string_view body, std::string_view text, std::span<const TextBlock> blocks);

  /// The headings above what begins at `position`, outermost first.
  [[nodiscard]] std::vector<std::string_view> path_at(std::size_t position) const;
  /// The header of the table that `position` is in the rows of; else empty.
  [[nodiscard]] std::string_view table_header_at(std::size_t position) const;
  [[nodiscard]] bool begins_heading(std::size_t position) const;
  /// Whether `position` is in code or a table, whose parts are lines and not sentences.
  [[nodiscard]] bool is_in_lines(std::size_t position) const;

 private:
  struct Entry {
    TextBlock block;              ///< In the text's own bytes.
    std::ptrdiff_t heading = -1;  ///< The last heading up to here, this one included; -1 if there is none.
    std::ptrdiff_t parent = -1;   ///< Of a heading: the one above it; -1 if there is none.
  };

  void add(const TextBlock& block);
  /// The last block that begins at `position` or before; null if none does.
  [[nodiscard]] const Entry* entry_at(std::size_t position) const;
  [[nodiscard]] std::string_view slice(std::size_t begin, std::size_t end) const;

  std::string_view text_{};
  std::vector<Entry> entries_{};
};

}  // namespace ragqueue
