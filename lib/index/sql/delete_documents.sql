-- $1 organizations, $2 source types, $3 source ids. Chunks go with their document.
DELETE FROM rag_documents AS d
 USING unnest($1::uuid[], $2::text[], $3::uuid[]) AS source (organization_id, source_type, source_id)
 WHERE d.organization_id = source.organization_id AND d.source_type = source.source_type AND d.source_id = source.source_id
