-- $1 organizations, $2 source types, $3 source ids. Removes the edges that these sources gave; returns where they led.
DELETE FROM rag_edges AS e
 USING unnest($1::uuid[], $2::text[], $3::uuid[]) AS source (organization_id, source_type, source_id), rag_nodes AS n
 WHERE n.organization_id = source.organization_id AND n.node_type = source.source_type AND n.node_id = source.source_id
   AND e.organization_id = n.organization_id AND e.from_node = n.id
RETURNING e.organization_id, e.to_node
