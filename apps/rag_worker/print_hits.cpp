#include "print_hits.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "source_keys.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace rag_worker {

namespace {

using nlohmann::ordered_json;
using ragqueue::Placing;

ordered_json placing_document(const std::optional<Placing>& placing) {
  if (!placing) return nullptr;
  return {{"rank", placing->rank}, {"score", placing->score}};
}

/// The best one, with its neighbours.
const std::string& shown_passage(const ragqueue::SearchHit& hit) {
  return hit.passages.empty() ? hit.passage : hit.passages.front().text;
}

ordered_json passages_document(const ragqueue::SearchHit& hit) {
  ordered_json document = ordered_json::array();
  for (const ragqueue::Passage& passage : hit.passages) {
    document.push_back(
        {{"first_chunk", passage.first_chunk}, {"last_chunk", passage.last_chunk}, {"text", passage.text}});
  }
  return document;
}

std::string passages_text(const ragqueue::SearchHit& hit) {
  if (hit.passages.empty()) return wrap(hit.passage, text_width(), "       ");
  std::string text;
  for (const ragqueue::Passage& passage : hit.passages) {
    if (!text.empty()) text += "       ...\n";
    text += wrap(passage.text, text_width(), "       ");
  }
  return text;
}

std::string placing_text(std::string_view part, const std::optional<Placing>& placing) {
  return placing ? fmt::format("{} {} ({:.3f})", part, placing->rank, placing->score)
                 : fmt::format("{} -", part);
}

std::string explanation(const ragqueue::SearchHit& hit) {
  return fmt::format("       {}, {}\n", placing_text("vector", hit.by_vector),
                     placing_text("text", hit.by_text));
}

}  // namespace

ordered_json hits_document(std::span<const ragqueue::SearchHit> hits, bool explain) {
  ordered_json document = ordered_json::array();
  for (const auto& hit : hits) {
    document.push_back(
        {{"score", hit.score},
         {"source_type", hit.source_type},
         {"source_id", hit.source_id.to_string()},
         {"key", shown_key(hit.source_id, hit.metadata)},
         {"title", hit.title},
         {"visibility", hit.visibility.empty() ? ordered_json() : ordered_json(hit.visibility)},
         {"metadata", hit.metadata.empty() ? ordered_json() : ordered_json::parse(hit.metadata)},
         {"passage", shown_passage(hit)},
         {"passages", passages_document(hit)}});
    if (!explain) continue;
    document.back()["vector"] = placing_document(hit.by_vector);
    document.back()["text"] = placing_document(hit.by_text);
  }
  return document;
}

std::string hits_text(std::span<const ragqueue::SearchHit> hits, bool explain) {
  if (hits.empty()) return "nothing found\n";
  std::string text;
  for (const auto& hit : hits) {
    text += fmt::format("{:.3f}  {}  {}\n       {}\n{}{}", hit.score, one_line(hit.source_type),
                        one_line(hit.title), one_line(shown_key(hit.source_id, hit.metadata)),
                        explain ? explanation(hit) : "", passages_text(hit));
  }
  return text;
}

ordered_json related_document(std::span<const ragqueue::RelatedNode> nodes) {
  ordered_json document = ordered_json::array();
  for (const auto& node : nodes) {
    document.push_back({{"depth", node.depth},
                        {"source_type", node.node_type},
                        {"source_id", node.node_id.to_string()},
                        {"key", shown_key(node.node_id)},
                        {"title", node.title},
                        {"indexed", node.indexed},
                        {"edge_type", node.edge_type},
                        {"weight", node.weight},
                        {"direction", node.forward ? "to" : "from"},
                        {"via", {{"source_type", node.from_type}, {"source_id", node.from_id.to_string()}}}});
  }
  return document;
}

std::string related_text(std::span<const ragqueue::RelatedNode> nodes) {
  if (nodes.empty()) return "nothing found\n";
  std::string text;
  for (const auto& node : nodes) {
    text += fmt::format("{:>2}  {}  {}\n    {}\n    {} {} ({:.3g}), {} {}\n", node.depth,
                        one_line(node.node_type), node.indexed ? one_line(node.title) : "(not indexed)",
                        shown_key(node.node_id), node.forward ? "by" : "gives", one_line(node.edge_type),
                        node.weight, one_line(node.from_type), node.from_id.to_string());
  }
  return text;
}

}  // namespace rag_worker
