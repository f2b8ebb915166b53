-- $1 organizations, $2 source types, $3 source ids. The nodes of removed sources stand for nothing but the links that lead to them. What had a
-- document was made by it, also in the system before ragqueue. store_nodes.sql holds them, and delete_documents.sql comes later.
UPDATE rag_nodes AS n
   SET document_id = NULL, label = NULL, given = true
  FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS source (organization_id, source_type, source_id)
  JOIN rag_documents AS d
    ON d.organization_id = source.organization_id AND d.source_type = source.source_type AND d.source_id = source.source_id
 WHERE n.organization_id = source.organization_id AND n.node_type = source.source_type AND n.node_id = source.source_id
