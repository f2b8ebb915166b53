#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "chunk/content_hash.hpp"
#include "db/statement.hpp"
#include "index/chunk_changes.hpp"
#include "index/sql.hpp"
#include "index/stored_documents.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/index_store.hpp"

namespace ragqueue {

namespace {

using Documents = std::span<const IndexedDocument* const>;
using Keys = std::span<const SourceKey>;

struct Edge {
  const SourceKey& from;
  const Link& link;
};

/// None where the chunks cannot be told apart.
std::optional<Uuid> fingerprint_of(const IndexedDocument& indexed) {
  if (indexed.hashes.size() != indexed.chunks.size()) return std::nullopt;
  return hash_document(indexed.document, indexed.hashes);
}

std::vector<SourceKey> sources_of(Documents documents) {
  std::vector<SourceKey> keys;
  for (const IndexedDocument* indexed : documents) keys.push_back(indexed->document.source);
  return keys;
}

std::vector<Edge> edges_of(Documents documents) {
  std::vector<Edge> edges;
  for (const IndexedDocument* indexed : documents) {
    for (const Link& link : indexed->document.links)
      edges.push_back({.from = indexed->document.source, .link = link});
  }
  return edges;
}

/// Returns the nodes that the edges led to.
std::vector<SourceKey> delete_edges(pg_conn* transaction, Keys sources) {
  const pg::Result rows = pg::execute(transaction, sql::delete_edges, pg::keys_of(sources));
  std::vector<SourceKey> targets;
  for (int row = 0; row < rows.rows(); ++row) {
    targets.push_back({.organization_id = rows.get<Uuid>(row, 0),
                       .source_type = rows.get<std::string>(row, 1),
                       .source_id = rows.get<Uuid>(row, 2)});
  }
  return targets;
}

std::map<SourceKey, Uuid> store_documents(pg_conn* transaction, Documents documents) {
  const std::vector<SourceKey> keys = sources_of(documents);
  pg::Params params = pg::keys_of(keys);
  const auto text = [&](std::string Document::*member) {
    params.add_array(documents, [member](const IndexedDocument* indexed) {
      return std::string_view(indexed->document.*member);
    });
  };
  text(&Document::title);
  text(&Document::visibility);
  text(&Document::metadata);
  text(&Document::language);
  params.add_array(documents, [](const IndexedDocument* indexed) { return fingerprint_of(*indexed); });
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

void store_chunks(pg_conn* transaction, Documents documents, const std::map<SourceKey, Uuid>& ids,
                  const pg::StoredDocuments& stored) {
  pg::ChunkChanges changes;
  for (const IndexedDocument* indexed : documents) {
    const SourceKey& source = indexed->document.source;
    const auto found = stored.find(source);
    changes.add(ids.at(source), *indexed,
                found == stored.end() ? std::span<const pg::StoredChunk>() : found->second.chunks);
  }
  changes.write(transaction);
}

void restem_chunks(pg_conn* transaction, const pg::StoredDocuments& stored) {
  struct Before {
    Uuid organization_id;
    Uuid document;
    std::string_view language;
  };
  std::vector<Before> before;
  for (const auto& [source, document] : stored)
    before.push_back({source.organization_id, document.id, document.language});
  if (before.empty()) return;
  pg::Params params;
  params.add_array(before, &Before::organization_id)
      .add_array(before, &Before::document)
      .add_array(before, &Before::language);
  pg::send_pipelined(transaction, sql::restem_chunks, params);
}

/// Of the documents and what they link to. `loosened` are locked with them, all in one order.
void store_nodes(pg_conn* transaction, Documents documents, Keys loosened) {
  struct Node {
    const Uuid& organization_id;
    std::string_view type;
    const Uuid& id;
    std::optional<std::string_view> title;
  };
  std::vector<Node> nodes;
  for (const IndexedDocument* indexed : documents) {
    const Document& document = indexed->document;
    const SourceKey& source = document.source;
    nodes.push_back({source.organization_id, source.source_type, source.source_id, document.title});
    for (const Link& link : document.links) {
      nodes.push_back({source.organization_id, link.source_type, link.source_id, std::nullopt});
    }
  }
  for (const SourceKey& key : loosened) {
    nodes.push_back({key.organization_id, key.source_type, key.source_id, std::nullopt});
  }
  pg::Params params;
  params.add_array(nodes, [](const Node& node) { return node.organization_id; })
      .add_array(nodes, [](const Node& node) { return node.type; })
      .add_array(nodes, [](const Node& node) { return node.id; })
      .add_array(nodes, [](const Node& node) { return node.title; });
  pg::send_pipelined(transaction, sql::store_nodes, params);
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
  pg::send_pipelined(transaction, sql::store_edges, params);
}

/// Edges are counted only once all nodes concerned are locked: otherwise two stores that each take one of the
/// last two edges to a node would each leave it for the other's.
void store_graph(pg_conn* transaction, Documents documents, Keys removals) {
  std::vector<SourceKey> sources = sources_of(documents);
  sources.insert(sources.end(), removals.begin(), removals.end());
  std::vector<SourceKey> loosened = delete_edges(transaction, sources);
  loosened.insert(loosened.end(), removals.begin(), removals.end());
  store_nodes(transaction, documents, loosened);
  store_edges(transaction, documents);
  if (!removals.empty()) pg::send_pipelined(transaction, sql::forget_nodes, pg::keys_of(removals));
  if (!loosened.empty()) pg::send_pipelined(transaction, sql::prune_nodes, pg::keys_of(loosened));
}

class PostgresIndexStore final : public IndexStore {
 public:
  [[nodiscard]] StoredChunks stored_chunks(pg_conn* connection, Keys sources) const override {
    StoredChunks chunks;
    for (const auto& [source, document] : pg::read_stored(connection, sources)) {
      for (const pg::StoredChunk& chunk : document.chunks) {
        if (chunk.hash != Uuid()) chunks[source].push_back(chunk.hash);
      }
    }
    return chunks;
  }

  void apply(pg_conn* transaction, std::span<const IndexedDocument> upserts, Keys removals) const override {
    std::vector<const IndexedDocument*> documents;
    for (const IndexedDocument& indexed : upserts) documents.push_back(&indexed);
    for (const IndexedDocument* indexed : documents) validate(indexed->document);
    pg::StoredDocuments stored;
    if (!documents.empty()) stored = pg::read_stored(transaction, sources_of(documents));
    // What has not changed is not written.
    std::erase_if(documents, [&](const IndexedDocument* indexed) {
      const auto found = stored.find(indexed->document.source);
      return found != stored.end() && pg::is_current(found->second, *indexed, fingerprint_of(*indexed));
    });
    if (documents.empty() && removals.empty()) return;
    if (!documents.empty()) {
      store_chunks(transaction, documents, store_documents(transaction, documents), stored);
      restem_chunks(transaction, stored);
    }
    store_graph(transaction, documents, removals);
    if (!removals.empty()) pg::send_pipelined(transaction, sql::delete_documents, pg::keys_of(removals));
    pg::sync(transaction);
  }
};

}  // namespace

std::shared_ptr<const IndexStore> make_postgres_index_store() {
  return std::make_shared<PostgresIndexStore>();
}

}  // namespace ragqueue
