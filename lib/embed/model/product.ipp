// The product of activations and weights, for kernel.ipp. A library packs the weights anew for every product,
// which is most of the work for a short text; here they stay as the file keeps them, and a panel that fits
// the second-level cache is unpacked for all rows of a batch. The tiling is that of K. Goto and R. van de
// Geijn, Anatomy of High-Performance Matrix Multiplication, 2008.

#include "embed/model/kernel.hpp"

namespace ragqueue::kernel::RAGQUEUE_KERNEL {

namespace {

// A tile is `tile_rows` rows by two vectors; its sums, one row of weights and one input fill the registers.
#if defined(__AVX512F__)
constexpr std::size_t vector_bytes = 64;
constexpr std::size_t tile_rows = 12;
#elif defined(__AVX2__)
constexpr std::size_t vector_bytes = 32;
constexpr std::size_t tile_rows = 6;
#else
constexpr std::size_t vector_bytes = 16;
constexpr std::size_t tile_rows = 4;
#endif
constexpr std::size_t lanes = vector_bytes / sizeof(float);
constexpr std::size_t tile_columns = 2 * lanes;

using Vector [[gnu::vector_size(vector_bytes), gnu::may_alias]] = float;
using UnalignedVector [[gnu::vector_size(vector_bytes), gnu::may_alias, gnu::aligned(sizeof(float))]] = float;

/// Rows `first` to `first + depth` of a group of columns, as strips of tile_columns.
void unpack_panel(const Matrix& weight, std::size_t first, std::size_t depth, std::size_t column,
                  float* panel) {
  for (std::size_t strip = 0; strip < quantization_group; strip += tile_columns) {
    for (std::size_t row = first; row < first + depth; ++row, panel += tile_columns) {
      const std::size_t begin = column * weight.rows + row * quantization_group + strip;
      if (weight.quantized == nullptr) {
        for (std::size_t lane = 0; lane < tile_columns; ++lane) panel[lane] = weight.values[begin + lane];
      } else {
        const float scale = weight.scales[begin / quantization_group];
        for (std::size_t lane = 0; lane < tile_columns; ++lane) {
          panel[lane] = scale * static_cast<float>(weight.quantized[begin + lane]);
        }
      }
    }
  }
}

struct Rows {
  const float* input;
  std::size_t input_stride;
  float* output;
  std::size_t output_stride;
};

/// Adds `count` rows' products with a strip to their outputs.
template <std::size_t count>
void add_tile(const Rows& rows, const float* strip, std::size_t depth) {
  Vector sums[count][2];
#pragma GCC unroll 16
  for (std::size_t row = 0; row < count; ++row) sums[row][0] = sums[row][1] = Vector{};
  for (std::size_t step = 0; step < depth; ++step, strip += tile_columns) {
    const auto* weights = reinterpret_cast<const Vector*>(strip);
    const Vector low = weights[0];
    const Vector high = weights[1];
#pragma GCC unroll 16
    for (std::size_t row = 0; row < count; ++row) {
      const Vector input = Vector{} + rows.input[row * rows.input_stride + step];
      sums[row][0] += input * low;
      sums[row][1] += input * high;
    }
  }
#pragma GCC unroll 16
  for (std::size_t row = 0; row < count; ++row) {
    auto* output = reinterpret_cast<UnalignedVector*>(rows.output + row * rows.output_stride);
    output[0] += sums[row][0];
    output[1] += sums[row][1];
  }
}

template <std::size_t count = tile_rows>
void add_last_tile(std::size_t left, const Rows& rows, const float* strip, std::size_t depth) {
  if constexpr (count > 0) {
    if (left == count) {
      add_tile<count>(rows, strip, depth);
    } else {
      add_last_tile<count - 1>(left, rows, strip, depth);
    }
  }
}

void add_panel(const Rows& all, std::size_t row_count, const float* panel, std::size_t depth) {
  for (std::size_t row = 0; row < row_count; row += tile_rows) {
    Rows rows = all;
    rows.input += row * all.input_stride;
    rows.output += row * all.output_stride;
    for (std::size_t strip = 0; strip < quantization_group;
         strip += tile_columns, rows.output += tile_columns) {
      const std::size_t left = row_count - row;
      add_last_tile(left < tile_rows ? left : tile_rows, rows, panel + strip * depth, depth);
    }
  }
}

/// output += input × weight, for `row_count` rows, each of weight.rows and weight.columns floats.
void add_product(const Matrix& weight, const float* input, std::size_t row_count, float* panel,
                 float* output) {
  for (std::size_t first = 0; first < weight.rows; first += panel_depth) {
    const std::size_t depth = weight.rows - first < panel_depth ? weight.rows - first : panel_depth;
    for (std::size_t column = 0; column < weight.columns; column += quantization_group) {
      unpack_panel(weight, first, depth, column, panel);
      add_panel({input + first, weight.rows, output + column, weight.columns}, row_count, panel, depth);
    }
  }
}

}  // namespace

}  // namespace ragqueue::kernel::RAGQUEUE_KERNEL
