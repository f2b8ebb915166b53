#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "pg/wire.hpp"

namespace ragqueue::pg {

namespace {

constexpr std::size_t word_bytes = sizeof(float);

#if defined(__x86_64__)

/// Returns how many bytes it has turned.
__attribute__((target("avx2"))) std::size_t swap_blocks(char* bytes, std::size_t size) {
  const __m256i order =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  std::size_t at = 0;
  for (; size - at >= sizeof(__m256i); at += sizeof(__m256i)) {
    auto* const place = reinterpret_cast<__m256i*>(bytes + at);
    _mm256_storeu_si256(place, _mm256_shuffle_epi8(_mm256_loadu_si256(place), order));
  }
  return at;
}

#endif

std::size_t swap_fast([[maybe_unused]] char* bytes, [[maybe_unused]] std::size_t size) {
#if defined(__x86_64__)
  static const bool able = __builtin_cpu_supports("avx2") != 0;
  if (able) return swap_blocks(bytes, size);
#endif
  return 0;
}

/// Turns words in place between the machine's order of bytes and big-endian.
void swap_words(char* bytes, std::size_t size) {
  if constexpr (std::endian::native == std::endian::big) return;
  for (std::size_t at = swap_fast(bytes, size); at < size; at += word_bytes) {
    const auto word = read<std::int32_t>(bytes + at);
    std::memcpy(bytes + at, &word, word_bytes);
  }
}

}  // namespace

void append_sized_vector(std::string& buffer, std::span<const float> vector) {
  constexpr std::size_t head = 2 * sizeof(std::int16_t);
  append(buffer, static_cast<std::int32_t>(head + vector.size_bytes()));
  append(buffer, static_cast<std::int16_t>(vector.size()));
  append(buffer, std::int16_t{0});  // unused
  const std::size_t begin = buffer.size();
  buffer.append(reinterpret_cast<const char*>(vector.data()), vector.size_bytes());
  swap_words(buffer.data() + begin, vector.size_bytes());
}

}  // namespace ragqueue::pg
