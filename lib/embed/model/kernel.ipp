// The encoder's arithmetic: transformer layers as in A. Vaswani et al., Attention Is All You Need, 2017, with
// the norm ahead of each part. Included once for each kind of processor, with RAGQUEUE_KERNEL as the
// variant's namespace, and Eigen renamed: its templates are weak symbols, and the linker would keep one
// variant's for all.

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_IO
#include <Eigen/Core>

#include "embed/model/kernel.hpp"
#include "embed/model/product.ipp"

namespace ragqueue::kernel::RAGQUEUE_KERNEL {

namespace {

using Eigen::Index;
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Block = Eigen::Map<RowMajor>;
using Slice = Eigen::Map<RowMajor, 0, Eigen::OuterStride<>>;
using ConstSlice = Eigen::Map<const RowMajor, 0, Eigen::OuterStride<>>;
using ConstRow = Eigen::Map<const Eigen::RowVectorXf>;

constexpr float norm_epsilon = 1e-6F;
constexpr float smallest_square_sum = 1e-12F;

Index index(std::size_t value) {
  return static_cast<Index>(value);
}

Block block(float* values, std::size_t rows, std::size_t columns) {
  return {values, index(rows), index(columns)};
}

void add_dense(const Dense& dense, const Block& input, float* panel, Block output) {
  output.rowwise() += ConstRow(dense.bias, output.cols());
  add_product(dense.weight, input.data(), static_cast<std::size_t>(input.rows()), panel, output.data());
}

void apply_dense(const Dense& dense, const Block& input, float* panel, Block output) {
  output.setZero();
  add_dense(dense, input, panel, output);
}

void normalize(const Norm& norm, const Block& input, Block output) {
  const ConstRow scale(norm.scale, input.cols());
  const ConstRow bias(norm.bias, input.cols());
  for (Index row = 0; row < input.rows(); ++row) {
    auto centered = output.row(row);
    centered = input.row(row).array() - input.row(row).mean();
    const float variance = centered.squaredNorm() / static_cast<float>(input.cols());
    const float factor = 1.0F / std::sqrt(variance + norm_epsilon);
    centered = centered.array() * (scale.array() * factor) + bias.array();
  }
}

void softmax_rows(Block scores) {
  for (Index row = 0; row < scores.rows(); ++row) {
    auto values = scores.row(row).array();
    values = (values - values.maxCoeff()).exp();
    values *= 1.0F / values.sum();
  }
}

/// `qkv` is tokens × 3·width, of one text; `output` is tokens × width.
void attend(std::size_t width_now, std::size_t tokens, const float* qkv, float* scores_memory,
            float* output) {
  const std::size_t head_width = width_now / heads;
  const float scale = 1.0F / std::sqrt(static_cast<float>(head_width));
  const Eigen::OuterStride<> qkv_stride(index(3 * width_now));
  Block scores = block(scores_memory, tokens, tokens);
  for (std::size_t head = 0; head < heads; ++head) {
    const auto part = [&](std::size_t which) {
      return ConstSlice(qkv + which * width_now + head * head_width, index(tokens), index(head_width),
                        qkv_stride);
    };
    scores.noalias() = scale * (part(0) * part(1).transpose());
    softmax_rows(scores);
    Slice attended(output + head * head_width, index(tokens), index(head_width),
                   Eigen::OuterStride<>(index(width_now)));
    attended.noalias() = scores * part(2);
  }
}

struct Workspace {
  float* stream;    ///< tokens × width: what the layers add to.
  float* normed;    ///< tokens × width
  float* attended;  ///< tokens × width
  float* wide;      ///< tokens × hidden_width, also queries, keys and values
  float* scores;    ///< max_tokens × max_tokens
  float* panel;     ///< panel_depth × quantization_group
};

void read_row(const Matrix& matrix, std::size_t row, float* values) {
  const std::size_t begin = row * matrix.columns;
  for (std::size_t column = 0; column < matrix.columns; ++column) {
    const std::size_t at = begin + column;
    values[column] = matrix.quantized == nullptr
                         ? matrix.values[at]
                         : matrix.scales[at / quantization_group] * static_cast<float>(matrix.quantized[at]);
  }
}

void embed_tokens(const Weights& weights, const Batch& batch, Block input) {
  Index row = 0;
  for (std::size_t text = 0; text < batch.texts; ++text) {
    for (std::size_t position = 0; position < batch.lengths[text]; ++position, ++row) {
      read_row(weights.embedding, static_cast<std::size_t>(batch.tokens[row]), input.row(row).data());
      // The original adds the position signal to the embedding, and the sum to the embedding again.
      input.row(row) =
          2.0F * input.row(row) + ConstRow(weights.positions + position * embedding_width, input.cols());
    }
  }
}

void attention_part(const Layer& layer, const Batch& batch, const Workspace& work) {
  Block qkv = block(work.wide, batch.token_count, 3 * layer.width);
  apply_dense(layer.qkv, block(work.normed, batch.token_count, layer.width), work.panel, qkv);
  std::size_t first = 0;
  for (std::size_t text = 0; text < batch.texts; ++text) {
    attend(layer.width, batch.lengths[text], work.wide + first * 3 * layer.width, work.scores,
           work.attended + first * layer.width);
    first += batch.lengths[text];
  }
  add_dense(layer.projection, block(work.attended, batch.token_count, layer.width), work.panel,
            block(work.stream, batch.token_count, width));
}

void feed_forward_part(const Layer& layer, const Batch& batch, const Workspace& work) {
  Block stream = block(work.stream, batch.token_count, width);
  Block normed = block(work.normed, batch.token_count, width);
  Block hidden = block(work.wide, batch.token_count, hidden_width);
  normalize(layer.feed_forward_norm, stream, normed);
  apply_dense(layer.expand, normed, work.panel, hidden);
  hidden = hidden.cwiseMax(0.0F);
  add_dense(layer.contract, hidden, work.panel, stream);
}

void first_attention_part(const Weights& weights, const Batch& batch, const Workspace& work) {
  Block input = block(work.attended, batch.token_count, embedding_width);
  embed_tokens(weights, batch, input);
  apply_dense(weights.residual, input, work.panel, block(work.stream, batch.token_count, width));
  normalize(weights.layer[0].attention_norm, input, block(work.normed, batch.token_count, embedding_width));
  attention_part(weights.layer[0], batch, work);
}

void second_attention_part(const Weights& weights, const Batch& batch, const Workspace& work) {
  normalize(weights.layer[1].attention_norm, block(work.stream, batch.token_count, width),
            block(work.normed, batch.token_count, width));
  attention_part(weights.layer[1], batch, work);
}

void pool(const Dense& output, const Batch& batch, const Workspace& work, float* vectors_memory) {
  const Block stream = block(work.stream, batch.token_count, width);
  Block means = block(work.normed, batch.texts, width);
  Index first = 0;
  for (std::size_t text = 0; text < batch.texts; ++text) {
    means.row(index(text)) = stream.middleRows(first, index(batch.lengths[text])).colwise().mean();
    first += index(batch.lengths[text]);
  }
  Block vectors = block(work.attended, batch.texts, width);
  apply_dense(output, means, work.panel, vectors);
  vectors = vectors.array().tanh();
  for (Index row = 0; row < vectors.rows(); ++row) {
    const float sum = vectors.row(row).squaredNorm();
    vectors.row(row) /= std::sqrt(sum > smallest_square_sum ? sum : smallest_square_sum);
  }
  block(vectors_memory, batch.texts, width) = vectors;
}

}  // namespace

void encode(const Weights& weights, const Batch& batch, float* workspace, float* vectors) {
  const std::size_t plane = batch.token_count * width;
  float* scores = workspace + 3 * plane + batch.token_count * hidden_width;
  const Workspace work{workspace,
                       workspace + plane,
                       workspace + 2 * plane,
                       workspace + 3 * plane,
                       scores,
                       scores + max_tokens * max_tokens};
  first_attention_part(weights, batch, work);
  feed_forward_part(weights.layer[0], batch, work);
  second_attention_part(weights, batch, work);
  feed_forward_part(weights.layer[1], batch, work);
  pool(weights.output, batch, work, vectors);
}

}  // namespace ragqueue::kernel::RAGQUEUE_KERNEL
