-- $1 organization, $2 vector, $3 how many documents to return, $4 a document to leave out, or NULL; {passes}: the filter, from $5 on.
-- The true nearest: every chunk that passes is compared, but for the vectors of the system before ragqueue. Served by the keys of rag_documents
-- and rag_chunks.
WITH compared AS MATERIALIZED (
  SELECT c.document_id, c.chunk_index, c.embedding <=> $2::real[]::vector AS distance
    FROM rag_documents AS d JOIN rag_chunks AS c ON c.organization_id = d.organization_id AND c.document_id = d.id
   WHERE d.organization_id = $1 AND NOT c.adopted AND c.embedding IS NOT NULL AND ($4::uuid IS NULL OR d.id <> $4){passes}
), best AS (
  SELECT DISTINCT ON (document_id) document_id, chunk_index, distance FROM compared ORDER BY document_id, distance, chunk_index
)
SELECT 1 - best.distance, d.source_type::text, d.source_id, coalesce(d.title, ''), c.content, d.id, c.chunk_index, d.visibility, d.metadata_json::text
  FROM best
  JOIN rag_documents AS d ON d.organization_id = $1 AND d.id = best.document_id
  JOIN rag_chunks AS c ON c.organization_id = $1 AND c.document_id = best.document_id AND c.chunk_index = best.chunk_index
 ORDER BY best.distance, d.source_type, d.source_id
 LIMIT $3
