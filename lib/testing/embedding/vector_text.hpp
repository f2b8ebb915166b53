#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ragqueue::testing {

/// How a server writes vectors.
struct VectorStyle {
  std::string_view not_a_number = "null";
  bool names_base64 = false;  ///< With `encoding_format` beside each that is in base64.
  bool as_double = false;     ///< With the digits that a double needs, as servers do that know no other type.
};

/// Appends a JSON array.
void append_floats(std::string& text, std::span<const float> vector, VectorStyle style = {});
/// Appends a JSON string: the base64 of little-endian 32-bit floats.
void append_base64(std::string& text, std::span<const float> vector);

}  // namespace ragqueue::testing
