#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "db/wire.hpp"

namespace ragqueue::pg {

/// Rows in PostgreSQL's binary COPY format (manual, COPY, "Binary Format").
class CopyRows {
 public:
  template <class... Values>
  void row(const Values&... values) {
    append(bytes_, static_cast<std::int16_t>(sizeof...(values)));
    (append_sized(bytes_, values), ...);
  }

  /// Ends the rows, and returns header, rows and trailer.
  [[nodiscard]] std::string_view finish() {
    append(bytes_, std::int16_t{-1});
    return bytes_;
  }

 private:
  static constexpr std::string_view header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
  std::string bytes_{header};
};

}  // namespace ragqueue::pg
