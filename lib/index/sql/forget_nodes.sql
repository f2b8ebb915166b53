-- $1 organizations, $2 source types, $3 source ids. The nodes of removed sources stand for nothing but the links that lead to them.
-- store_nodes.sql holds them.
UPDATE rag_nodes AS n
   SET document_id = NULL, title = NULL
  FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS source (organization_id, source_type, source_id)
 WHERE n.organization_id = source.organization_id AND n.node_type = source.source_type AND n.node_id = source.source_id
