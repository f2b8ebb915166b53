#include "embed/model/transformer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

using kernel::embedding_width;
using kernel::hidden_width;
using kernel::width;

constexpr std::uint32_t any = 0;
constexpr std::align_val_t workspace_alignment{64};

std::uint32_t extent(std::size_t value) {
  return static_cast<std::uint32_t>(value);
}

bool fits(const std::vector<std::uint32_t>& shape, std::initializer_list<std::uint32_t> wanted) {
  return std::ranges::equal(shape, wanted, [](auto has, auto wants) { return wants == any || has == wants; });
}

const Tensor& tensor_of(const Tensors& tensors, std::string_view name,
                        std::initializer_list<std::uint32_t> wanted) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw Error(Fault::setup, fmt::format("the model has no tensor '{}'", name));
  if (!fits(found->second.shape, wanted)) {
    throw Error(Fault::setup, fmt::format("the model's tensor '{}' is {}, wanted {}", name,
                                          fmt::join(found->second.shape, " × "), fmt::join(wanted, " × ")));
  }
  return found->second;
}

const std::vector<float>& vector_of(const Tensors& tensors, std::string_view name, std::size_t length) {
  const Tensor& tensor = tensor_of(tensors, name, {extent(length)});
  if (tensor.values.empty())
    throw Error(Fault::setup, fmt::format("the model's vector '{}' is quantized", name));
  return tensor.values;
}

kernel::Matrix matrix_of(const Tensors& tensors, std::string_view name, std::uint32_t rows,
                         std::size_t columns) {
  const Tensor& tensor = tensor_of(tensors, name, {rows, extent(columns)});
  return {tensor.values.data(), tensor.quantized.empty() ? nullptr : tensor.quantized.data(),
          tensor.scales.data(), tensor.shape.front(), columns};
}

/// Turns runs of `run` values from by row to by column: each column of runs becomes one block.
template <class Value>
void transpose_runs(std::vector<Value>& values, std::size_t rows, std::size_t run) {
  std::vector<Value> transposed;
  transposed.reserve(values.size());
  const std::size_t columns = values.size() / rows;
  for (std::size_t column = 0; column < columns; column += run) {
    for (std::size_t row = 0; row < rows; ++row) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * columns + column);
      transposed.insert(transposed.end(), begin, begin + static_cast<std::ptrdiff_t>(run));
    }
  }
  values = std::move(transposed);
}

kernel::Dense dense_of(Tensors& tensors, const std::string& name, std::size_t inputs, std::size_t outputs) {
  tensor_of(tensors, name + ".weight", {extent(inputs), extent(outputs)});
  Tensor& weight = tensors.find(name + ".weight")->second;
  transpose_runs(weight.values, inputs, kernel::quantization_group);
  transpose_runs(weight.quantized, inputs, kernel::quantization_group);
  transpose_runs(weight.scales, inputs, 1);
  return {matrix_of(tensors, name + ".weight", extent(inputs), outputs),
          vector_of(tensors, name + ".bias", outputs).data()};
}

kernel::Norm norm_of(const Tensors& tensors, const std::string& name, std::size_t columns) {
  return {vector_of(tensors, name + ".scale", columns).data(),
          vector_of(tensors, name + ".bias", columns).data()};
}

kernel::Layer layer_of(Tensors& tensors, const std::string& name, std::size_t input_width) {
  return {input_width,
          norm_of(tensors, name + ".attention_norm", input_width),
          dense_of(tensors, name + ".qkv", input_width, 3 * input_width),
          dense_of(tensors, name + ".projection", input_width, width),
          norm_of(tensors, name + ".feed_forward_norm", width),
          dense_of(tensors, name + ".expand", width, hidden_width),
          dense_of(tensors, name + ".contract", hidden_width, width)};
}

/// One row for each position: sines, then cosines, of the position times each frequency.
std::vector<float> position_signal(const std::vector<float>& frequencies) {
  std::vector<float> signal(kernel::max_tokens * embedding_width);
  for (std::size_t position = 0; position < kernel::max_tokens; ++position) {
    float* row = signal.data() + position * embedding_width;
    for (std::size_t index = 0; index < frequencies.size(); ++index) {
      const float angle = static_cast<float>(position) * frequencies[index];
      row[index] = std::sin(angle);
      row[frequencies.size() + index] = std::cos(angle);
    }
  }
  return signal;
}

}  // namespace

void Workspace::Free::operator()(float* memory) const noexcept {
  ::operator delete[](memory, workspace_alignment);
}

float* Workspace::reserve(std::size_t floats) {
  if (floats > size_) {
    memory_.reset(static_cast<float*>(::operator new[](floats * sizeof(float), workspace_alignment)));
    size_ = floats;
  }
  return memory_.get();
}

Transformer::Transformer(Tensors tensors, kernel::Encode kernel)
    : tensors_(std::move(tensors)), encode_(kernel) {
  positions_ = position_signal(vector_of(tensors_, "position.frequencies", embedding_width / 2));
  weights_ = {matrix_of(tensors_, "embedding.weight", any, embedding_width),
              positions_.data(),
              dense_of(tensors_, "residual", embedding_width, width),
              {layer_of(tensors_, "layer0", embedding_width), layer_of(tensors_, "layer1", width)},
              dense_of(tensors_, "output", width, width)};
}

std::size_t Transformer::vocabulary_size() const {
  return weights_.embedding.rows;
}

void Transformer::encode(std::span<const std::int32_t> tokens, std::span<const std::size_t> lengths,
                         Workspace& workspace, std::span<float> vectors) const {
  const kernel::Batch batch{tokens.data(), lengths.data(), lengths.size(), tokens.size()};
  encode_(weights_, batch, workspace.reserve(kernel::workspace_size(tokens.size())), vectors.data());
}

}  // namespace ragqueue
