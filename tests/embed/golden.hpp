#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "embed/model/kernel.hpp"
#include "embed/model/tokenizer.hpp"
#include "embed/model/transformer.hpp"

namespace ragqueue::testing {

/// A text and the vector that the original package computes for it, in seven digits.
struct Golden {
  std::string text;
  std::vector<float> embedding;
};

[[nodiscard]] std::vector<Golden> read_golden();

/// Works as the original does: form KC, white space as it stands, and what is behind 128 tokens cut off.
class Original {
 public:
  Original(const std::filesystem::path& model_file, kernel::Encode encode);
  [[nodiscard]] std::vector<float> embed(const std::string& text) const;

 private:
  Tokenizer tokenizer_;
  Transformer transformer_;
};

struct Variant {
  const char* name;
  kernel::Encode encode;
};

/// The kernel's variants that this processor can run.
[[nodiscard]] std::vector<Variant> runnable_variants();

[[nodiscard]] double cosine(std::span<const float> left, std::span<const float> right);
[[nodiscard]] double largest_difference(std::span<const float> left, std::span<const float> right);

}  // namespace ragqueue::testing
