#include "embed/http/embedding_json.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/norm.hpp"
#include "embed/http/base64.hpp"

namespace ragqueue {

namespace {

using simdjson::ondemand::value;

/// Not JSON, but what some servers write.
bool is_not_a_number(std::string_view token) {
  if (token.starts_with('-')) token.remove_prefix(1);
  return token.starts_with("null") || token.starts_with("NaN") || token.starts_with("Inf");
}

float read_number(value number) {
  const std::string_view token = number.raw_json_token();
  if (is_not_a_number(token)) return std::numeric_limits<float>::quiet_NaN();
  return static_cast<float>(double(number.get_double()));
}

void read_numbers(value numbers, std::span<float> row) {
  std::size_t count = 0;
  for (value number : numbers.get_array()) {
    const float component = read_number(number);
    if (count < row.size()) row[count] = component;
    ++count;
  }
  if (count != row.size()) throw WrongDimension(count, row.size());
}

void swap_to_native(std::span<float> row) {
  if constexpr (std::endian::native == std::endian::big) {
    for (float& component : row) {
      component = std::bit_cast<float>(__builtin_bswap32(std::bit_cast<std::uint32_t>(component)));
    }
  }
}

/// A string as it stands in the reply; nothing where it ends in a way that is none of ours.
std::string_view unescaped(std::string_view token) {
  while (!token.empty() && token.back() != '"') token.remove_suffix(1);  // white space
  return token.size() < 2 ? std::string_view() : token.substr(1, token.size() - 2);
}

void read_base64(value text, std::span<float> row) {
  // Hardly any server escapes a character of base64 (`\/`), so that it need not be copied to be unescaped.
  const std::string_view raw = unescaped(text.raw_json_token());
  if (base64_size(raw) == row.size_bytes() && decode_base64(raw, std::as_writable_bytes(row)))
    return swap_to_native(row);
  const std::string_view base64 = text.get_string();
  const auto size = base64_size(base64);
  if (!size || *size % sizeof(float) != 0) throw BadReply("a vector is no base64 of floats");
  if (*size != row.size_bytes()) throw WrongDimension(*size / sizeof(float), row.size());
  if (!decode_base64(base64, std::as_writable_bytes(row))) throw BadReply("a vector is no base64");
  swap_to_native(row);
}

}  // namespace

WrongDimension::WrongDimension(std::size_t got, std::size_t wanted)
    : BadReply(fmt::format("its vectors have {} dimensions, not {}", got, wanted)), got_(got) {}

void read_vector(value value, std::span<float> row) {
  switch (value.type()) {
    case simdjson::ondemand::json_type::array:
      return read_numbers(value, row);
    case simdjson::ondemand::json_type::string:
      return read_base64(value, row);
    default:
      throw BadReply("a vector is neither numbers nor base64");
  }
}

simdjson::ondemand::parser& parser_for(const std::string& body, simdjson::ondemand::parser& own) {
  constexpr std::size_t huge = std::size_t{8} << 20U;
  thread_local simdjson::ondemand::parser kept;
  return body.size() > huge ? own : kept;
}

bool is_vector(std::span<const float> row) {
  return has_norm(row);
}

}  // namespace ragqueue
