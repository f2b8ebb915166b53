-- $1 organizations, $2 node types, $3 node ids. Removes those that a document gave, and that have
-- none and no edge any more. Exact only while
-- store_nodes.sql, an earlier statement, holds them: this one then sees each edge that others made or removed.
DELETE FROM rag_nodes AS n
 USING unnest($1::uuid[], $2::text[], $3::uuid[]) AS node (organization_id, node_type, node_id)
 WHERE n.organization_id = node.organization_id AND n.node_type = node.node_type AND n.node_id = node.node_id AND n.document_id IS NULL AND n.given
   AND NOT EXISTS (SELECT FROM rag_edges AS e WHERE e.organization_id = n.organization_id AND e.to_node_id = n.id)
   AND NOT EXISTS (SELECT FROM rag_edges AS e WHERE e.organization_id = n.organization_id AND e.from_node_id = n.id)
