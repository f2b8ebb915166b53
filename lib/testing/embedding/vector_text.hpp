#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ragqueue::testing {

/// Appends a JSON array; `not_a_number` stands for a NaN.
void append_floats(std::string& text, std::span<const float> vector, std::string_view not_a_number = "null");
/// Appends a JSON string: the base64 of little-endian 32-bit floats.
void append_base64(std::string& text, std::span<const float> vector);

}  // namespace ragqueue::testing
