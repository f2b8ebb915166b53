#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "ragqueue/uuid.hpp"

namespace ragqueue::pg {

/// PostgreSQL's binary formats are big-endian (src/backend/libpq/pqformat.c).
template <std::integral Integer>
[[nodiscard]] constexpr Integer big_endian(Integer value) {
  if constexpr (std::endian::native == std::endian::big || sizeof(Integer) == 1) return value;
  if constexpr (sizeof(Integer) == 2)
    return static_cast<Integer>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  if constexpr (sizeof(Integer) == 4)
    return static_cast<Integer>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  if constexpr (sizeof(Integer) == 8)
    return static_cast<Integer>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}

template <std::integral Integer>
void append(std::string& buffer, Integer value) {
  const Integer wire = big_endian(value);
  buffer.append(reinterpret_cast<const char*>(&wire), sizeof wire);
}

inline void append(std::string& buffer, float value) {
  append(buffer, std::bit_cast<std::int32_t>(value));
}
inline void append(std::string& buffer, double value) {
  append(buffer, std::bit_cast<std::int64_t>(value));
}
/// Text in UTF-8, some of which the database's encoding may lack; it goes as bytes, and becomes text by
/// rag_readable.
struct Utf8 {
  std::string text;
};
inline void append(std::string& buffer, const Utf8& value) {
  buffer.append(value.text);
}
/// timestamptz: microseconds since 2000-01-01 UTC.
struct Timestamp {
  std::int64_t microseconds;
};
inline void append(std::string& buffer, Timestamp value) {
  append(buffer, value.microseconds);
}
inline void append(std::string& buffer, std::string_view value) {
  buffer.append(value);
}
inline void append(std::string& buffer, const std::string& value) {
  buffer.append(value);
}
inline void append(std::string& buffer, const Uuid& value) {
  buffer.append(reinterpret_cast<const char*>(value.bytes().data()), value.bytes().size());
}

/// A value with its length before it, as in rows of COPY and elements of arrays.
template <class Value>
void append_sized(std::string& buffer, const Value& value) {
  const std::size_t position = buffer.size();
  append(buffer, std::int32_t{0});
  append(buffer, value);
  const std::int32_t size = big_endian(static_cast<std::int32_t>(buffer.size() - position - sizeof size));
  std::memcpy(buffer.data() + position, &size, sizeof size);
}

/// The same for pgvector's `vector` (vector_recv in its src/vector.c).
void append_sized_vector(std::string& buffer, std::span<const float> vector);

template <std::integral Integer>
[[nodiscard]] Integer read(const char* bytes) {
  Integer value;
  std::memcpy(&value, bytes, sizeof value);
  return big_endian(value);
}

}  // namespace ragqueue::pg
