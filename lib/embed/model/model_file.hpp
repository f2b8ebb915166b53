#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "embed/model/tokenizer.hpp"

namespace ragqueue {

/// By row: either `values`, or `quantized` with one of `scales` for each kernel::quantization_group of them.
struct Tensor {
  std::vector<std::uint32_t> shape;
  std::vector<float> values{};
  std::vector<std::int8_t> quantized{};
  std::vector<float> scales{};
};

using Tensors = std::map<std::string, Tensor, std::less<>>;

/// What a model file holds; lib/embed/model/README.md describes the format.
struct ModelFile {
  std::vector<Piece> pieces;
  Tensors tensors;
};

/// Throws Error (Fault::setup) naming `path` when the file cannot be read, is no model file, or is damaged.
[[nodiscard]] ModelFile read_model_file(const std::filesystem::path& path);

}  // namespace ragqueue
