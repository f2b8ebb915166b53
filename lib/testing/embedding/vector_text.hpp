#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ragqueue::testing {

/// How a server writes floats.
struct NumberStyle {
  std::string_view not_a_number = "null";
  bool as_double = false;  ///< With the digits that a double needs, as servers do that know no other type.
};

/// Appends a JSON array.
void append_floats(std::string& text, std::span<const float> vector, NumberStyle style = {});
/// Appends a JSON string: the base64 of little-endian 32-bit floats.
void append_base64(std::string& text, std::span<const float> vector);

}  // namespace ragqueue::testing
