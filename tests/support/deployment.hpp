#pragma once

#include <string>
#include <string_view>

namespace ragqueue::testing {

/// The deployment that ragqueue replaces: its five tables as they stand, and the application's tickets and
/// articles.
[[nodiscard]] std::string deployment_tables(int dimension);

/// What has gathered in them, for organizations 1 and 2: documents of an earlier text, among them such whose
/// source is gone; chunks without a vector, or with zeros; an article cut off at ten chunks; nodes and edges
/// of the application's own; requests of every status.
[[nodiscard]] std::string deployment_rows(int dimension);

/// The application's statements, unchanged from before ragqueue. $1 is the organization in each.
namespace application {

/// $2 is the vector of a question, as text.
inline constexpr std::string_view nearest =
    "SELECT c.id, c.content, c.chunk_index, d.id, d.source_type, d.source_id, d.title, d.visibility, "
    "1-(c.embedding <=> $2::text::vector) "
    "FROM rag_chunks c JOIN rag_documents d ON c.document_id = d.id WHERE c.organization_id = $1 AND "
    "d.organization_id = $1 "
    "AND d.source_type IN ('ticket','kb') ORDER BY c.embedding <=> $2::text::vector LIMIT 5";
/// $2 type and $3 id of a source.
inline constexpr std::string_view document =
    "SELECT id, organization_id, source_type, source_id, title, visibility, metadata_json, created_at, "
    "updated_at FROM rag_documents "
    "WHERE organization_id = $1 AND source_type = $2 AND source_id = $3";
inline constexpr std::string_view edges =
    "SELECT id, edge_type, from_node_id, to_node_id, weight FROM rag_edges WHERE organization_id = $1";
/// $2 type and $3 id of a source.
inline constexpr std::string_view node =
    "SELECT id, label FROM rag_nodes WHERE organization_id = $1 AND node_type = $2 AND node_id = $3";
/// $2 is the id of a ticket.
inline constexpr std::string_view enqueue =
    "INSERT INTO rag_index_queue (id, organization_id, source_type, source_id, action, priority, status, "
    "attempts, created_at, updated_at) VALUES (gen_random_uuid(), $1, 'ticket', $2, 'upsert', 5, 'pending', "
    "0, now(), now()) ON CONFLICT DO NOTHING";

}  // namespace application

}  // namespace ragqueue::testing
