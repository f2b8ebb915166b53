#include "embed/model/model_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "embed/model/kernel.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

static_assert(std::endian::native == std::endian::little, "the model file's numbers are little-endian");

constexpr std::string_view magic = "RAGQMODL";
constexpr std::uint32_t known_version = 1;
enum class Encoding : std::uint8_t { float32 = 0, int8_groups = 1 };

/// Why a file cannot be used; the reader of the whole file adds its path.
struct Damaged {
  std::string reason;
};

/// CRC-32 as in ISO 3309, zlib and PNG.
std::uint32_t crc32(std::string_view bytes) {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t index = 0; index < entries.size(); ++index) {
      std::uint32_t value = index;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
      entries[index] = value;
    }
    return entries;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) crc = (crc >> 8U) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU];
  return ~crc;
}

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) throw Damaged{"it ends too early"};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  template <class Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  template <class Number>
  std::vector<Number> numbers(std::size_t count) {
    const std::string_view bytes = take(count * sizeof(Number));
    std::vector<Number> values(count);
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

  std::string short_text() { return std::string(take(number<std::uint8_t>())); }

  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// One number that is none would spoil every vector.
std::vector<float> finite_numbers(Cursor& cursor, std::size_t count) {
  std::vector<float> values = cursor.numbers<float>(count);
  const auto odd =
      std::find_if_not(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  if (odd != values.end()) throw Damaged{fmt::format("it has the weight {}", *odd)};
  return values;
}

/// A bound far above any score keeps sums over a word of any length finite, on which the cutting of words
/// relies.
Piece read_piece(Cursor& cursor) {
  constexpr double highest = 1e6;
  const auto score = cursor.number<double>();
  std::string text = cursor.short_text();
  if (!(std::abs(score) <= highest))
    throw Damaged{fmt::format("the score of the piece '{}' is {}", text, score)};
  return {std::move(text), score};
}

Tensor read_tensor(Cursor& cursor) {
  Tensor tensor;
  const auto encoding = cursor.number<Encoding>();
  tensor.shape = cursor.numbers<std::uint32_t>(cursor.number<std::uint8_t>());
  std::size_t count = 1;
  for (const std::uint32_t length : tensor.shape) {
    count *= length;
    if (count > cursor.rest().size()) throw Damaged{"a tensor is larger than the file"};
  }
  switch (encoding) {
    case Encoding::float32:
      tensor.values = finite_numbers(cursor, count);
      break;
    case Encoding::int8_groups:
      tensor.quantized = cursor.numbers<std::int8_t>(count);
      tensor.scales =
          finite_numbers(cursor, (count + kernel::quantization_group - 1) / kernel::quantization_group);
      break;
    default:
      throw Damaged{"a tensor has an unknown encoding"};
  }
  return tensor;
}

ModelFile parse(std::string_view bytes) {
  Cursor cursor(bytes);
  if (!bytes.starts_with(magic)) throw Damaged{"it is not a ragqueue model file"};
  cursor.take(magic.size());
  const auto version = cursor.number<std::uint32_t>();
  if (version != known_version)
    throw Damaged{fmt::format("its format is {}, wanted {}", version, known_version)};
  if (cursor.number<std::uint32_t>() != crc32(cursor.rest())) throw Damaged{"its checksum is wrong"};

  ModelFile file;
  for (auto left = cursor.number<std::uint32_t>(); left > 0; --left) {
    file.pieces.push_back(read_piece(cursor));
  }
  for (auto left = cursor.number<std::uint32_t>(); left > 0; --left) {
    std::string name = cursor.short_text();
    file.tensors.insert_or_assign(std::move(name), read_tensor(cursor));
  }
  return file;
}

std::optional<std::string> read_bytes(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return std::nullopt;
  return bytes;
}

}  // namespace

ModelFile read_model_file(const std::filesystem::path& path) {
  const auto bytes = read_bytes(path);
  if (!bytes) throw Error(Fault::setup, fmt::format("model file '{}' cannot be read", path.string()));
  try {
    return parse(*bytes);
  } catch (const Damaged& damaged) {
    throw Error(Fault::setup, fmt::format("model file '{}' cannot be used: {}; install it again",
                                          path.string(), damaged.reason));
  }
}

}  // namespace ragqueue
