#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/text_extractor.hpp"

namespace ragqueue::extract {

/// What stands between two texts; of several in a row the greatest counts.
enum class Gap { none, space, cell, line, paragraph };

/// Puts text together as a page shows it: white space is one space, and gaps come only between texts.
class TextBuilder {
 public:
  /// White space within is folded, except inside of begin_code().
  void add(std::string_view text);
  void gap(Gap gap);

  void begin_heading(int level);
  void end_heading();
  void begin_code();
  void end_code();
  void begin_table();
  void end_row(bool is_header);
  void end_table();

  [[nodiscard]] ExtractedText finish();

 private:
  struct OpenTable {
    std::size_t block = 0;  ///< Its number among blocks_, once it has text.
    bool has_text = false;
    bool has_body = false;   ///< A row that is no header.
    bool is_layout = false;  ///< It holds another table, so that its rows are no data.
  };

  void flush();
  void add_folded(std::string_view text);
  void begin_block(TextBlock::Kind kind, int level);
  void end_block();

  std::string text_{};
  std::vector<TextBlock> blocks_{};
  Gap gap_ = Gap::none;
  std::vector<OpenTable> tables_{};
  TextBlock open_{};  ///< The heading or code that is open.
  bool is_open_ = false;
  bool has_begun_ = false;  ///< It has text.
  int code_depth_ = 0;
};

}  // namespace ragqueue::extract
