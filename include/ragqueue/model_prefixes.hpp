#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ragqueue/export.hpp"

namespace ragqueue {

/// What a model was trained to see before its texts.
struct TextPrefixes {
  std::string document{};
  std::string query{};
};

/// The prefixes that the model's card asks for; nothing for a model that is not known to want any. `model` is
/// a server's name for it, with or without owner and tag, such as `nomic-ai/nomic-embed-text-v1.5` or
/// `nomic-embed-text:latest`.
[[nodiscard]] RAGQUEUE_EXPORT std::optional<TextPrefixes> known_prefixes(std::string_view model);

/// The family of models with prefixes that the name reminds of, where known_prefixes() knows none; else
/// empty.
[[nodiscard]] RAGQUEUE_EXPORT std::string_view likely_prefix_family(std::string_view model);

}  // namespace ragqueue
