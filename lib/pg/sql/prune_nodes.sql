-- $1 organizations, $2 nodes. Removes those that have no document and that no edge needs any more.
DELETE FROM rag_nodes AS n
 USING (SELECT DISTINCT organization_id, id FROM unnest($1::uuid[], $2::uuid[]) AS given (organization_id, id) ORDER BY 1, 2) AS node
 WHERE n.organization_id = node.organization_id AND n.id = node.id AND n.document_id IS NULL
   AND NOT EXISTS (SELECT FROM rag_edges AS e WHERE e.organization_id = n.organization_id AND e.to_node = n.id)
   AND NOT EXISTS (SELECT FROM rag_edges AS e WHERE e.organization_id = n.organization_id AND e.from_node = n.id)
