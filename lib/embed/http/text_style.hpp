#pragma once

#include <string>

#include "ragqueue/embedder.hpp"

namespace ragqueue {

struct HttpEmbedderOptions;

/// How texts of one purpose are sent.
struct TextStyle {
  std::string prefix{};   ///< Before each text.
  std::string members{};  ///< Further members of the request's JSON, each with a comma before it.
};

/// Of both purposes.
struct TextStyles {
  TextStyle document{};
  TextStyle query{};

  [[nodiscard]] const TextStyle& of(Purpose purpose) const {
    return purpose == Purpose::document ? document : query;
  }
};
/// Throws InvalidInput for a body that is no JSON object, or has a member that has an option of its own.
[[nodiscard]] TextStyles text_styles(const HttpEmbedderOptions& options);

/// What follows the model's name, since it changes the vectors: prefixes, and members other than `user`.
[[nodiscard]] std::string name_suffix(const HttpEmbedderOptions& options);

}  // namespace ragqueue
