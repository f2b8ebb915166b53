#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "support/word_embedder.hpp"

/// Vectors and words that are made up, the same in each run.
namespace ragqueue::bench {

/// Only names a dimension: the vectors are made here.
class Dimension final : public testing::WordEmbedder {
 public:
  explicit Dimension(std::size_t dimension) : dimension_(dimension) {}
  [[nodiscard]] std::size_t dimension() const override { return dimension_; }

 private:
  std::size_t dimension_;
};

/// Unit vectors around a hundred centres, so that neighbourhoods exist as they do in texts.
class Vectors {
 public:
  explicit Vectors(std::size_t dimension) : dimension_(dimension) {
    for (int count = 0; count < 100; ++count) centres_.push_back(around(std::vector<float>(dimension)));
  }
  std::vector<float> next() { return around(centres_[random_() % centres_.size()]); }

 private:
  std::vector<float> around(const std::vector<float>& centre) {
    std::normal_distribution<float> noise;
    std::vector<float> vector(dimension_);
    std::ranges::transform(centre, vector.begin(), [&](float axis) { return axis + 0.7F * noise(random_); });
    return vector;
  }
  std::size_t dimension_;
  std::mt19937 random_{42};
  std::vector<std::vector<float>> centres_;
};

/// Words by Zipf's law: the n-th is n times rarer than the first.
class Words {
 public:
  std::string text(std::size_t words) {
    std::string all;
    for (; words > 0; --words)
      all += fmt::format("w{} ", static_cast<unsigned>(std::exp(exponent_(random_))));
    return all;
  }

 private:
  std::mt19937 random_{7};
  std::uniform_real_distribution<double> exponent_{0, std::log(50'000.0)};
};

}  // namespace ragqueue::bench
