#pragma once

#include <nlohmann/json.hpp>
#include <ragqueue/related.hpp>
#include <ragqueue/search.hpp>
#include <span>
#include <string>

namespace rag_worker {

/// With `explain`, each part's rank and score.
[[nodiscard]] nlohmann::ordered_json hits_document(std::span<const ragqueue::SearchHit> hits, bool explain);
[[nodiscard]] std::string hits_text(std::span<const ragqueue::SearchHit> hits, bool explain);

[[nodiscard]] nlohmann::ordered_json related_document(std::span<const ragqueue::RelatedNode> nodes);
[[nodiscard]] std::string related_text(std::span<const ragqueue::RelatedNode> nodes);

}  // namespace rag_worker
