#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "embed/model/kernel.hpp"
#include "embed/model/model_file.hpp"

namespace ragqueue {

/// Working memory, to be used again for the next batch; grows as needed. One thread at a time.
/// Aligned to a cache line: Eigen's sums begin at an aligned address, so another alignment would round
/// differently.
class Workspace {
 public:
  [[nodiscard]] float* reserve(std::size_t floats);

 private:
  struct Free {
    void operator()(float* memory) const noexcept;
  };
  std::unique_ptr<float[], Free> memory_;
  std::size_t size_ = 0;
};

/// Universal Sentence Encoder Lite: D. Cer et al., Universal Sentence Encoder, 2018, in its transformer
/// variant. Thread-safe.
class Transformer {
 public:
  static constexpr std::size_t max_tokens = kernel::max_tokens;
  static constexpr std::size_t dimension = kernel::width;

  /// Throws Error (Fault::setup) when a tensor is missing or has another shape.
  explicit Transformer(Tensors tensors, kernel::Encode kernel = kernel::fastest_encode());

  /// How many token ids it knows, from 0.
  [[nodiscard]] std::size_t vocabulary_size() const;

  /// Writes lengths.size() rows of `dimension` floats, each of norm 1. `tokens` are the texts' ids one behind
  /// the other; every length is from 1 to max_tokens.
  void encode(std::span<const std::int32_t> tokens, std::span<const std::size_t> lengths,
              Workspace& workspace, std::span<float> vectors) const;

 private:
  Tensors tensors_;
  std::vector<float> positions_;
  kernel::Weights weights_{};
  kernel::Encode encode_;
};

}  // namespace ragqueue
