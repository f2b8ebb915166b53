#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "pg/sql.hpp"
#include "pg/statement.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/index_store.hpp"

namespace ragqueue {

namespace {

using Documents = std::span<const IndexedDocument>;
using Keys = std::span<const SourceKey>;

/// A node's place in one organization.
struct NodeKey {
  Uuid organization_id;
  Uuid id;
};

struct Edge {
  const SourceKey& from;
  const Link& link;
};

pg::Params keys_of(Keys keys) {
  pg::Params params;
  params.add_array(keys, &SourceKey::organization_id)
      .add_array(keys, &SourceKey::source_type)
      .add_array(keys, &SourceKey::source_id);
  return params;
}

std::vector<SourceKey> sources_of(Documents documents) {
  std::vector<SourceKey> keys;
  for (const IndexedDocument& indexed : documents) keys.push_back(indexed.document.source);
  return keys;
}

std::vector<Edge> edges_of(Documents documents) {
  std::vector<Edge> edges;
  for (const IndexedDocument& indexed : documents) {
    for (const Link& link : indexed.document.links)
      edges.push_back({.from = indexed.document.source, .link = link});
  }
  return edges;
}

void validate_links(Documents documents) {
  for (const Edge& edge : edges_of(documents)) {
    validate(
        Request{.source = {.organization_id = {}, .source_type = edge.link.source_type, .source_id = {}}});
    if (edge.link.edge_type.empty() || edge.link.edge_type.size() > max_source_type_length) {
      throw InvalidInput("edge_type", edge.link.edge_type, "must be 1 to 50 bytes");
    }
    if (!std::isfinite(edge.link.weight)) {
      throw InvalidInput("weight", std::to_string(edge.link.weight), "must be a finite number");
    }
  }
}

void append_nodes(const pg::Result& rows, std::vector<NodeKey>& nodes) {
  for (int row = 0; row < rows.rows(); ++row) {
    nodes.push_back({.organization_id = rows.get<Uuid>(row, 0), .id = rows.get<Uuid>(row, 1)});
  }
}

std::map<SourceKey, Uuid> store_documents(pg_conn* transaction, Documents documents) {
  const std::vector<SourceKey> keys = sources_of(documents);
  pg::Params params = keys_of(keys);
  const auto text = [&](std::string Document::*member) {
    params.add_array(documents, [member](const IndexedDocument& indexed) {
      return std::string_view(indexed.document.*member);
    });
  };
  text(&Document::title);
  text(&Document::visibility);
  text(&Document::metadata);
  const pg::Result rows = pg::execute(transaction, sql::store_documents, params);
  std::map<SourceKey, Uuid> ids;
  for (int row = 0; row < rows.rows(); ++row) {
    ids.emplace(SourceKey{.organization_id = rows.get<Uuid>(row, 0),
                          .source_type = rows.get<std::string>(row, 1),
                          .source_id = rows.get<Uuid>(row, 2)},
                rows.get<Uuid>(row, 3));
  }
  return ids;
}

void store_chunks(pg_conn* transaction, Documents documents, const std::map<SourceKey, Uuid>& ids) {
  pg::Params stored;
  stored.add_array(ids, [](const auto& entry) { return entry.first.organization_id; })
      .add_array(ids, [](const auto& entry) { return entry.second; });
  pg::execute(transaction, sql::delete_chunks, stored);
  struct Row {
    const IndexedDocument& of;
    std::size_t index;
  };
  std::vector<Row> rows;
  std::vector<float> vectors;
  for (const IndexedDocument& indexed : documents) {
    for (std::size_t index = 0; index < indexed.chunks.size(); ++index)
      rows.push_back({.of = indexed, .index = index});
    vectors.insert(vectors.end(), indexed.vectors.begin(), indexed.vectors.end());
  }
  if (rows.empty()) return;
  pg::Params params;
  params.add_array(rows, [](const Row& row) { return row.of.document.source.organization_id; })
      .add_array(rows, [&](const Row& row) { return ids.at(row.of.document.source); })
      .add_array(rows, [](const Row& row) { return static_cast<std::int32_t>(row.index); })
      .add_array(rows, [](const Row& row) { return std::string_view(row.of.chunks[row.index].content); })
      .add_array(
          rows,
          [](const Row& row) { return static_cast<std::int32_t>(row.of.chunks[row.index].token_count); })
      .add_array(vectors)
      .add(static_cast<std::int32_t>(vectors.size() / rows.size()));
  pg::execute(transaction, sql::store_chunks, params);
}

void store_nodes(pg_conn* transaction, Documents documents) {
  struct Node {
    const Uuid& organization_id;
    std::string_view type;
    const Uuid& id;
    std::optional<std::string_view> title;
  };
  std::vector<Node> nodes;
  for (const auto& [document, chunks, vectors] : documents) {
    const SourceKey& source = document.source;
    nodes.push_back({source.organization_id, source.source_type, source.source_id, document.title});
    for (const Link& link : document.links) {
      nodes.push_back({source.organization_id, link.source_type, link.source_id, std::nullopt});
    }
  }
  pg::Params params;
  params.add_array(nodes, [](const Node& node) { return node.organization_id; })
      .add_array(nodes, [](const Node& node) { return node.type; })
      .add_array(nodes, [](const Node& node) { return node.id; })
      .add_array(nodes, [](const Node& node) { return node.title; });
  pg::execute(transaction, sql::store_nodes, params);
}

void store_edges(pg_conn* transaction, Documents documents) {
  const std::vector<Edge> edges = edges_of(documents);
  if (edges.empty()) return;
  pg::Params params;
  params.add_array(edges, [](const Edge& edge) { return edge.from.organization_id; })
      .add_array(edges, [](const Edge& edge) { return std::string_view(edge.from.source_type); })
      .add_array(edges, [](const Edge& edge) { return edge.from.source_id; })
      .add_array(edges, [](const Edge& edge) { return std::string_view(edge.link.source_type); })
      .add_array(edges, [](const Edge& edge) { return edge.link.source_id; })
      .add_array(edges, [](const Edge& edge) { return std::string_view(edge.link.edge_type); })
      .add_array(edges, [](const Edge& edge) { return edge.link.weight; });
  pg::execute(transaction, sql::store_edges, params);
}

void prune(pg_conn* transaction, const std::vector<NodeKey>& nodes) {
  if (nodes.empty()) return;
  pg::Params params;
  params.add_array(nodes, &NodeKey::organization_id).add_array(nodes, &NodeKey::id);
  pg::execute(transaction, sql::prune_nodes, params);
}

class PostgresIndexStore final : public IndexStore {
 public:
  void apply(pg_conn* transaction, Documents upserts, Keys removals) const override {
    validate_links(upserts);
    std::vector<NodeKey> loosened;  // nodes that may have lost their last edge
    if (!upserts.empty()) {
      append_nodes(pg::execute(transaction, sql::delete_edges, keys_of(sources_of(upserts))), loosened);
      store_chunks(transaction, upserts, store_documents(transaction, upserts));
      store_nodes(transaction, upserts);
      store_edges(transaction, upserts);
    }
    if (!removals.empty()) {
      append_nodes(pg::execute(transaction, sql::delete_edges, keys_of(removals)), loosened);
      append_nodes(pg::execute(transaction, sql::forget_nodes, keys_of(removals)), loosened);
      pg::execute(transaction, sql::delete_documents, keys_of(removals));
    }
    prune(transaction, loosened);
  }
};

}  // namespace

std::shared_ptr<const IndexStore> make_postgres_index_store() {
  return std::make_shared<PostgresIndexStore>();
}

}  // namespace ragqueue
