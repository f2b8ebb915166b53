#pragma once

#include <cstddef>
#include <cstdint>

namespace ragqueue::kernel {

// Plain values only: the translation units behind `Encode` are compiled for different processors, and an
// inline function of the standard library that one of them emitted could be the one that all others end up
// calling.

inline constexpr std::size_t embedding_width = 256;
inline constexpr std::size_t width = 512;
inline constexpr std::size_t hidden_width = 1536;
inline constexpr std::size_t heads = 4;
inline constexpr std::size_t layers = 2;
inline constexpr std::size_t max_tokens = 128;
inline constexpr std::size_t quantization_group = 64;
inline constexpr std::size_t panel_depth = 512;

/// Columns are a multiple of quantization_group. Either `values`, or `quantized` with a scale for
/// each group.
struct Matrix {
  const float* values;
  const std::int8_t* quantized;
  const float* scales;
  std::size_t rows;
  std::size_t columns;
};

/// `weight` is inputs × outputs, by panel: of each quantization_group of columns all rows, so that a product
/// reads memory in order.
struct Dense {
  Matrix weight;
  const float* bias;
};

struct Norm {
  const float* scale;
  const float* bias;
};

struct Layer {
  std::size_t width;
  Norm attention_norm;
  Dense qkv;
  Dense projection;
  Norm feed_forward_norm;
  Dense expand;
  Dense contract;
};

struct Weights {
  Matrix embedding;        ///< By row, of embedding_width.
  const float* positions;  ///< max_tokens rows of embedding_width.
  Dense residual;          ///< Takes the first layer's input to the width of its output.
  Layer layer[layers];
  Dense output;
};

/// Texts one behind the other; each has 1 to max_tokens tokens.
struct Batch {
  const std::int32_t* tokens;
  const std::size_t* lengths;
  std::size_t texts;
  std::size_t token_count;
};

/// Floats of working memory that a batch needs.
[[nodiscard]] constexpr std::size_t workspace_size(std::size_t token_count) {
  return token_count * (3 * width + hidden_width) + max_tokens * max_tokens +
         panel_depth * quantization_group;
}

/// Writes texts × width floats. `workspace` is aligned to 64 bytes. Allocates nothing but blocks for
/// attention's products.
using Encode = void (*)(const Weights& weights, const Batch& batch, float* workspace, float* vectors);

namespace baseline {
void encode(const Weights& weights, const Batch& batch, float* workspace, float* vectors);
}
namespace avx2 {
void encode(const Weights& weights, const Batch& batch, float* workspace, float* vectors);
}
namespace avx512 {
void encode(const Weights& weights, const Batch& batch, float* workspace, float* vectors);
}

/// The fastest variant that this processor can run.
[[nodiscard]] Encode fastest_encode() noexcept;

}  // namespace ragqueue::kernel
