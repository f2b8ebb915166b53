#include "embed/http/base64.hpp"

#include <array>
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ragqueue {

namespace {

constexpr std::size_t group_characters = 4;
constexpr std::size_t group_bytes = 3;
constexpr std::uint32_t not_base64 = 0xFF000000;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What a character contributes to the 24 bits of its group, already in place for each of the four positions,
/// so that a group is four look-ups (as Nick Galbreath's modp_b64 does it).
constexpr std::array<std::array<std::uint32_t, 256>, group_characters> digits = [] {
  std::array<std::array<std::uint32_t, 256>, group_characters> table{};
  for (std::size_t position = 0; position < group_characters; ++position) {
    table[position].fill(not_base64);
    for (std::size_t value = 0; value < alphabet.size(); ++value) {
      const auto shift = 6U * static_cast<unsigned>(group_characters - 1 - position);
      table[position][static_cast<unsigned char>(alphabet[value])] = static_cast<std::uint32_t>(value)
                                                                     << shift;
    }
  }
  return table;
}();

std::uint32_t read_group(const char* text) {
  const auto digit = [&](std::size_t at) { return digits[at][static_cast<unsigned char>(text[at])]; };
  return digit(0) | digit(1) | digit(2) | digit(3);
}

void write_group(std::uint32_t group, std::byte* bytes) {
  bytes[0] = static_cast<std::byte>(group >> 16U);
  bytes[1] = static_cast<std::byte>(group >> 8U);
  bytes[2] = static_cast<std::byte>(group);
}

#if defined(__x86_64__)

// Both decode from `group` on while a whole block can be written, and return the first group that is left;
// they set `wrong` where a character is none of base64's.

/// By W. Mula and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions" (2018).
__attribute__((target("avx2"))) std::size_t decode_blocks(std::string_view text, std::span<std::byte> bytes,
                                                          std::size_t group, std::uint32_t& wrong) {
  constexpr std::size_t block_characters = 32;
  // A character is good if the rows of its two halves have no bit in common.
  const __m256i low_classes = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(21, 17, 17, 17, 17, 17, 17, 17, 17, 17, 19, 26, 27, 27, 27, 26));
  const __m256i high_classes =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(16, 16, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16));
  // What takes a character of each class to its value; '/' shares its upper half with '+', one further down.
  const __m256i offsets =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i byte_order =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
  const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
  const __m256i half = _mm256_set1_epi8(15);
  __m256i bad = _mm256_setzero_si256();
  const std::size_t groups_of_block = block_characters / group_characters;
  while (bytes.size() - group * group_bytes >= block_characters) {  // that much is written
    const auto* from = reinterpret_cast<const __m256i*>(text.data() + group * group_characters);
    const __m256i letters = _mm256_loadu_si256(from);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(letters, 4), half);
    const __m256i low = _mm256_and_si256(letters, half);
    bad = _mm256_or_si256(bad, _mm256_and_si256(_mm256_shuffle_epi8(low_classes, low),
                                                _mm256_shuffle_epi8(high_classes, high)));
    const __m256i slash = _mm256_cmpeq_epi8(letters, _mm256_set1_epi8('/'));
    const __m256i values =
        _mm256_add_epi8(letters, _mm256_shuffle_epi8(offsets, _mm256_add_epi8(slash, high)));
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i quads = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i packed = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(quads, byte_order), join);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes.data() + group * group_bytes), packed);
    group += groups_of_block;
  }
  if (_mm256_testz_si256(bad, bad) == 0) wrong |= not_base64;
  return group;
}

/// The values of the first 128 characters; the highest bit marks those that have none.
alignas(64) constexpr std::array<std::uint8_t, 128> values_of_ascii = [] {
  std::array<std::uint8_t, 128> table{};
  table.fill(0x80);
  for (std::size_t value = 0; value < alphabet.size(); ++value)
    table[static_cast<unsigned char>(alphabet[value])] = static_cast<std::uint8_t>(value);
  return table;
}();

/// Which bytes of a block's 32-bit words, four characters each, are the decoded ones.
alignas(64) constexpr std::array<std::uint8_t, 64> order_of_bytes = [] {
  std::array<std::uint8_t, 64> order{};
  for (std::size_t at = 0; at < 48; ++at)
    order[at] = static_cast<std::uint8_t>(at / group_bytes * group_characters + 2 - at % group_bytes);
  return order;
}();

/// By W. Mula and D. Lemire, "Base64 Encoding and Decoding at Almost the Speed of a Memory Copy" (2019).
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) std::size_t decode_large_blocks(
    std::string_view text, std::span<std::byte> bytes, std::size_t group, std::uint32_t& wrong) {
  constexpr std::size_t block_characters = 64;
  constexpr __mmask64 all = ~__mmask64{0};
  const __m512i first_half = _mm512_load_si512(values_of_ascii.data());
  const __m512i second_half = _mm512_load_si512(values_of_ascii.data() + block_characters);
  const __m512i order = _mm512_load_si512(order_of_bytes.data());
  __m512i bad = _mm512_setzero_si512();
  while (bytes.size() - group * group_bytes >= block_characters) {  // that much is written
    const __m512i letters = _mm512_loadu_si512(text.data() + group * group_characters);
    const __m512i values = _mm512_permutex2var_epi8(first_half, letters, second_half);
    bad = _mm512_or_si512(bad, _mm512_or_si512(values, letters));
    const __m512i pairs = _mm512_maddubs_epi16(values, _mm512_set1_epi32(0x01400140));
    const __m512i quads = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00011000));
    _mm512_storeu_si512(bytes.data() + group * group_bytes, _mm512_maskz_permutexvar_epi8(all, order, quads));
    group += block_characters / group_characters;
  }
  if (_mm512_movepi8_mask(bad) != 0) wrong |= not_base64;
  return group;
}

#endif

/// Decodes many groups at once where the processor can; returns the first that is left.
std::size_t decode_fast([[maybe_unused]] std::string_view text, [[maybe_unused]] std::span<std::byte> bytes,
                        [[maybe_unused]] std::uint32_t& wrong) {
  std::size_t group = 0;
#if defined(__x86_64__)
  static const bool large =
      __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vbmi") != 0;
  static const bool small = __builtin_cpu_supports("avx2") != 0;
  if (large) group = decode_large_blocks(text, bytes, group, wrong);
  if (small) group = decode_blocks(text, bytes, group, wrong);
#endif
  return group;
}

std::size_t padding(std::string_view text) {
  if (text.ends_with("==")) return 2;
  return text.ends_with("=") ? 1 : 0;
}

}  // namespace

std::optional<std::size_t> base64_size(std::string_view text) {
  if (text.size() % group_characters != 0) return std::nullopt;
  return text.size() / group_characters * group_bytes - padding(text);
}

bool decode_base64(std::string_view text, std::span<std::byte> bytes) {
  std::uint32_t wrong = 0;
  const std::size_t whole = bytes.size() / group_bytes;
  for (std::size_t index = decode_fast(text, bytes, wrong); index < whole; ++index) {
    const std::uint32_t group = read_group(text.data() + index * group_characters);
    wrong |= group;
    write_group(group, bytes.data() + index * group_bytes);
  }
  if (const std::size_t rest = bytes.size() % group_bytes; rest > 0) {
    std::array<char, group_characters> last{'A', 'A', 'A', 'A'};
    for (std::size_t at = 0; at <= rest; ++at) last[at] = text[whole * group_characters + at];
    const std::uint32_t group = read_group(last.data());
    wrong |= group;
    std::array<std::byte, group_bytes> tail{};
    write_group(group, tail.data());
    for (std::size_t at = 0; at < rest; ++at) bytes[whole * group_bytes + at] = tail[at];
  }
  return (wrong & not_base64) == 0;
}

}  // namespace ragqueue
