-- $1 organizations, $2 source types, $3 source ids. Removes the edges that these sources gave, and no edge of the application's own; returns the nodes that they led to.
DELETE FROM rag_edges AS e
 USING unnest($1::uuid[], $2::text[], $3::uuid[]) AS source (organization_id, source_type, source_id), rag_nodes AS f, rag_nodes AS t
 WHERE f.organization_id = source.organization_id AND f.node_type = source.source_type AND f.node_id = source.source_id
   AND e.organization_id = f.organization_id AND e.from_node_id = f.id AND e.document_id IS NOT NULL
   AND t.organization_id = e.organization_id AND t.id = e.to_node_id
RETURNING t.organization_id, t.node_type::text, t.node_id
