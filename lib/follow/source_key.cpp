#include "ragqueue/source_key.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "db/statement.hpp"

namespace ragqueue {

namespace {

/// An integer's UUID: these, and then its sixteen hexadecimal digits, the variant after the first.
constexpr std::array<std::uint8_t, 7> integer_head{0x72, 0x61, 0x67, 0x69, 0x6e, 0x74, 0x80};
constexpr std::uint8_t version = 0x80, variant = 0x80;
constexpr std::uint8_t low_digit = 0x0F, high_digit = 0xF0;
constexpr unsigned digit_bits = 4, byte_bits = 8;

}  // namespace

Uuid uuid_of_key(std::int64_t key) noexcept {
  Uuid::Bytes bytes{};
  std::ranges::copy(integer_head, bytes.begin());
  auto left = static_cast<std::uint64_t>(key);
  for (std::size_t place = bytes.size() - 1; place > 8; --place) {
    bytes[place] = static_cast<std::uint8_t>(left);
    left >>= byte_bits;
  }
  bytes[8] = static_cast<std::uint8_t>(variant | (left & low_digit));
  bytes[7] = static_cast<std::uint8_t>(left >> digit_bits);
  return Uuid(bytes);
}

Uuid uuid_of_key(std::string_view key) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  constexpr std::uint8_t below_variant = 0x3F;
  Uuid::Bytes bytes{};
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & low_digit) | version);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & below_variant) | variant);
  return Uuid(bytes);
}

Uuid keep_key(pg_conn* connection, std::string_view source_type, std::string_view key) {
  pg::execute(connection, "SELECT rag_note_keys($1, ARRAY[$2])", pg::Params().add(source_type).add(key));
  return uuid_of_key(key);
}

std::optional<std::int64_t> integer_key(const Uuid& uuid) noexcept {
  const Uuid::Bytes& bytes = uuid.bytes();
  if (!std::equal(integer_head.begin(), integer_head.end(), bytes.begin()) || bytes[7] > low_digit ||
      (bytes[8] & high_digit) != variant)
    return std::nullopt;
  std::uint64_t key = (std::uint64_t{bytes[7]} << digit_bits) | (bytes[8] & std::uint64_t{low_digit});
  for (std::size_t place = 9; place < bytes.size(); ++place) key = key << byte_bits | bytes[place];
  return static_cast<std::int64_t>(key);
}

}  // namespace ragqueue
