#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "db/wire.hpp"

namespace ragqueue::pg {

namespace {

constexpr std::size_t word_bytes = sizeof(float);

#if defined(__x86_64__)

/// Returns how many bytes it has turned.
__attribute__((target("avx2"))) std::size_t swap_blocks(const char* from, char* to, std::size_t size) {
  const __m256i order =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  std::size_t at = 0;
  for (; size - at >= sizeof(__m256i); at += sizeof(__m256i)) {
    const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), _mm256_shuffle_epi8(words, order));
  }
  return at;
}

#endif

std::size_t swap_fast([[maybe_unused]] const char* from, [[maybe_unused]] char* to,
                      [[maybe_unused]] std::size_t size) {
#if defined(__x86_64__)
  static const bool able = __builtin_cpu_supports("avx2") != 0;
  if (able) return swap_blocks(from, to, size);
#endif
  return 0;
}

/// Copies words and turns them from the machine's order of bytes to big-endian.
void copy_words(const char* from, char* to, std::size_t size) {
  for (std::size_t at = swap_fast(from, to, size); at < size; at += word_bytes) {
    const auto word = read<std::int32_t>(from + at);
    std::memcpy(to + at, &word, word_bytes);
  }
}

}  // namespace

void append_sized_vector(std::string& buffer, std::span<const float> vector) {
  constexpr std::size_t head = 2 * sizeof(std::int16_t);
  append(buffer, static_cast<std::int32_t>(head + vector.size_bytes()));
  append(buffer, static_cast<std::int16_t>(vector.size()));
  append(buffer, std::int16_t{0});  // unused
  const std::size_t begin = buffer.size();
  buffer.resize(begin + vector.size_bytes());
  copy_words(reinterpret_cast<const char*>(vector.data()), buffer.data() + begin, vector.size_bytes());
}

}  // namespace ragqueue::pg
