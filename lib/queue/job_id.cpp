#include "queue/job_id.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>

#include "db/wire.hpp"

namespace ragqueue::pg {

namespace {

std::mt19937_64 seeded() {
  std::random_device device;
  std::array<std::random_device::result_type, 8> words{};
  for (auto& word : words) word = device();
  std::seed_seq seed(words.begin(), words.end());
  return std::mt19937_64(seed);
}

}  // namespace

Uuid new_job_id() {
  thread_local std::mt19937_64 random;
  thread_local pid_t seeded_by = 0;
  // A forked process would go on with its parent's numbers.
  if (const pid_t self = getpid(); seeded_by != self) {
    random = seeded();
    seeded_by = self;
  }
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count());
  constexpr std::uint64_t version = 7, variant = 2;
  const std::array<std::uint64_t, 2> words{
      big_endian(milliseconds << 16U | version << 12U | (random() & 0xFFFU)),
      big_endian(variant << 62U | random() >> 2U)};
  Uuid::Bytes bytes;
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return Uuid(bytes);
}

}  // namespace ragqueue::pg
